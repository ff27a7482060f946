package store

// applicationTables hold applications of merchants and what belongs to them.
var applicationTables = []*table{}
