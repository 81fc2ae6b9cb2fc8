module openova.io/blueprints/bench/load

go 1.24.9

require golang.org/x/net v0.46.0

require golang.org/x/text v0.30.0 // indirect
