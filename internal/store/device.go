package store

// deviceTables hold the hardware of terminals and its way to the merchant.
var deviceTables = []*table{}
