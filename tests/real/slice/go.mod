// Stubs of the SPIRA servers: the same paths and environment as theirs, NATS between them, and a store behind. A module of
// its own, since only what runs on real nodes needs a client of NATS.
module gitops.spira.dev/tests/real/slice

go 1.26

require github.com/nats-io/nats.go v1.52.0

require (
	github.com/klauspost/compress v1.18.5 // indirect
	github.com/nats-io/nkeys v0.4.15 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.49.0 // indirect
	golang.org/x/sys v0.42.0 // indirect
)
