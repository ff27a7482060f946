package phone

// ReadCode is what reads pictures.
var ReadCode = readCode
