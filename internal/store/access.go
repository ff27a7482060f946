package store

// accessTables hold who may do what.
var accessTables = []*table{}
