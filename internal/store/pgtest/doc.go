// Package pgtest starts private PostgreSQL servers: for tests that run on the server engine, and for the
// commands that measure and crash one.
//
// A test asks for a database and gets an empty one; the first call in a test process starts the server,
// the end of the process stops it:
//
//	dsn := pgtest.DSN(t)
//
// A command owns its server:
//
//	server, err := pgtest.Start("")
//	defer server.Stop()
//
// What it holds to:
//
//   - Every test process has a server of its own, on a free port of the loopback interface, under a random
//     password. Packages tested in parallel share nothing.
//   - The server is as durable as a real one (fsync, synchronous commit and full page writes are on), so
//     that what survives [Server.Kill] is what would survive in production.
//   - A server does not outlive its owner. A small shell process holds the other end of a pipe: when the
//     owner ends in whatever way, SIGKILL included, the pipe closes, the shell stops the server and removes
//     a directory that was temporary. No TestMain is needed.
//   - PostgreSQL refuses to run as root. When the owner is root, the server runs as the user postgres, in a
//     directory that this user owns.
//
// It needs a Unix system and PostgreSQL 15 or newer, found on PATH or where distributions put it.
package pgtest
