package store

// speakerReads are the statements of speaker.go that run outside steps, for the plan tests.
var speakerReads = []Statement{
	pageRead("speakers", speakerTable), pageRead("speakers by state", speakerTable, "state"),
	pageRead("speakers of a merchant", speakerTable, "bucket", "merchant"),
	pageRead("speakers of a merchant by state", speakerTable, "bucket", "merchant", "state"),
}
