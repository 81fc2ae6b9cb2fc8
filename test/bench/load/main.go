// Command load sends gRPC requests that were encoded beforehand over one HTTP/2 connection, and tells as JSON how long
// the answers took. It frames and counts, nothing else: a gRPC client would cost more than the servers it measures.
//
//	load -address HOST:PORT -frames FILE -concurrency N (-seconds S | -calls N) [-ca FILE -cert FILE -key FILE]
//
// FILE holds whole request bodies, each behind its length (32 bit, big endian). They are sent in turn.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"
	"time"
)

const (
	dialTimeout   = 10 * time.Second
	maxReconnects = 1000
)

// Result is what one run gave. Times are milliseconds, CPU is seconds of this process.
type Result struct {
	Calls    int               `json:"calls"`
	Seconds  float64           `json:"seconds"`
	P50      float64           `json:"p50"`
	P99      float64           `json:"p99"`
	Max      float64           `json:"max"`
	CPU      float64           `json:"cpu"`
	Codes    map[string]int    `json:"codes"`
	Messages map[string]string `json:"messages"`
}

type options struct {
	address        string
	concurrency    int
	calls          int
	end            time.Time
	tls            *tls.Config
	bodies         [][]byte
	started, ended int
}

func (o *options) more() bool {
	if o.calls > 0 {
		return o.started < o.calls
	}
	return time.Now().Before(o.end)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() error {
	address := flag.String("address", "", "HOST:PORT")
	frames := flag.String("frames", "", "file of request bodies")
	concurrency := flag.Int("concurrency", 8, "calls in flight")
	calls := flag.Int("calls", 0, "calls in all")
	seconds := flag.Float64("seconds", 1, "how long, unless calls are given")
	ca, cert, key := flag.String("ca", "", "PEM file"), flag.String("cert", "", "PEM file"), flag.String("key", "", "PEM file")
	flag.Parse()
	bodies, err := readBodies(*frames)
	if err != nil {
		return err
	}
	secure, err := tlsConfig(*ca, *cert, *key)
	if err != nil {
		return err
	}
	o := &options{address: *address, concurrency: *concurrency, calls: *calls, tls: secure, bodies: bodies}
	counts := newCounts()
	c, err := dial(o, counts)
	if err != nil {
		return err
	}
	before, began := cpuSeconds(), time.Now()
	o.end = began.Add(time.Duration(*seconds * float64(time.Second)))
	for n := 0; ; n++ {
		err = c.run()
		if err == nil {
			break
		}
		// Whoever ends the connection ends the calls on it; the rest go over the next one.
		counts.lost(len(c.streams), err)
		if n == maxReconnects || !o.more() {
			break
		}
		if c, err = dial(o, counts); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(counts.result(time.Since(began).Seconds(), cpuSeconds()-before))
}

func readBodies(path string) ([][]byte, error) {
	all, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var bodies [][]byte
	for len(all) >= 4 {
		n := int(binary.BigEndian.Uint32(all))
		if n > len(all)-4 {
			return nil, errors.New("the file of requests is cut off")
		}
		bodies = append(bodies, all[4:4+n])
		all = all[4+n:]
	}
	if len(bodies) == 0 {
		return nil, errors.New("there are no requests in the file")
	}
	return bodies, nil
}

func tlsConfig(ca, cert, key string) (*tls.Config, error) {
	if ca == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, NextProtos: []string{"h2"}, ServerName: "localhost"}, nil
}

func dial(o *options, counts *counts) (*connection, error) {
	raw, err := net.DialTimeout("tcp", o.address, dialTimeout)
	if err != nil {
		return nil, err
	}
	if o.tls == nil {
		return newConnection(raw, o, counts)
	}
	secure := tls.Client(raw, o.tls)
	if err := secure.Handshake(); err != nil {
		return nil, err
	}
	return newConnection(secure, o, counts)
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

type counts struct {
	codes    map[string]int
	messages map[string]string
	times    []int64
}

func newCounts() *counts {
	return &counts{codes: map[string]int{}, messages: map[string]string{}}
}

// done counts one call; of each code, the first message is kept.
func (c *counts) done(code, message string, took time.Duration) {
	c.codes[code]++
	if code == "0" {
		c.times = append(c.times, int64(took))
	} else if _, ok := c.messages[code]; !ok {
		c.messages[code] = message[:min(len(message), 500)]
	}
}

func (c *counts) lost(calls int, err error) {
	const code = "connection lost"
	c.codes[code] += calls
	if _, ok := c.messages[code]; !ok {
		c.messages[code] = err.Error()
	}
}

func (c *counts) result(seconds, cpu float64) Result {
	slices.Sort(c.times)
	at := func(share float64) float64 {
		if len(c.times) == 0 {
			return 0
		}
		return float64(c.times[min(len(c.times)-1, int(float64(len(c.times))*share))]) / 1e6
	}
	calls := 0
	for _, n := range c.codes {
		calls += n
	}
	return Result{Calls: calls, Seconds: seconds, P50: at(0.5), P99: at(0.99), Max: at(1), CPU: cpu, Codes: c.codes, Messages: c.messages}
}
