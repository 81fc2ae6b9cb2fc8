package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	// Ours to receive with: answers never wait for us.
	receiveWindow = 1 << 30
	topUp         = 1 << 29
	defaultWindow = 65535
	writeTimeout  = 30 * time.Second
	readTimeout   = 120 * time.Second
)

// stream is one call. What is left of its body waits for the server's windows.
type stream struct {
	id      uint32
	body    []byte
	window  int64
	began   time.Time
	status  string
	message string
}

// connection does everything in one goroutine: no locks, no wake-ups, and one write for all that is due.
type connection struct {
	conn        net.Conn
	in          *bufio.Reader
	out         *bufio.Writer
	framer      *http2.Framer
	options     *options
	counts      *counts
	head        []byte
	streams     map[uint32]*stream
	waiting     []*stream
	nextID      uint32
	window      int64
	firstWindow int64
	maxFrame    int
	maxStreams  int
	received    int64
	leaving     bool
}

func newConnection(conn net.Conn, o *options, c *counts) (*connection, error) {
	in, out := bufio.NewReaderSize(conn, 256<<10), bufio.NewWriterSize(conn, 256<<10)
	framer := http2.NewFramer(out, in)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	framer.SetMaxReadFrameSize(1 << 24 >> 1)
	framer.SetReuseFrames()
	if _, err := out.WriteString(http2.ClientPreface); err != nil {
		return nil, err
	}
	if err := framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: receiveWindow}); err != nil {
		return nil, err
	}
	if err := framer.WriteWindowUpdate(0, receiveWindow); err != nil {
		return nil, err
	}
	return &connection{
		conn: conn, in: in, out: out, framer: framer, options: o, counts: c, head: headers(o),
		streams: map[uint32]*stream{}, nextID: 1, window: defaultWindow, firstWindow: defaultWindow, maxFrame: 16384,
		maxStreams: o.concurrency,
	}, nil
}

// headers is one block for all calls: nothing of it enters the table that both ends keep.
func headers(o *options) []byte {
	scheme := "http"
	if o.tls != nil {
		scheme = "https"
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	encoder.SetMaxDynamicTableSize(0)
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", scheme}, {":authority", "localhost"},
		{":path", "/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		// A buffer takes every write.
		_ = encoder.WriteField(hpack.HeaderField{Name: h[0], Value: h[1], Sensitive: true})
	}
	return block.Bytes()
}

// run calls until there is nothing more to call; an error means that the connection ended before.
func (c *connection) run() error {
	defer c.conn.Close()
	for {
		for !c.leaving && len(c.streams) < min(c.options.concurrency, c.maxStreams) && c.options.more() {
			if err := c.start(); err != nil {
				return err
			}
		}
		if len(c.streams) == 0 {
			if c.leaving && c.options.more() {
				return errors.New("the server went away")
			}
			return nil
		}
		if c.in.Buffered() == 0 && c.out.Buffered() > 0 {
			if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			if err := c.out.Flush(); err != nil {
				return err
			}
		}
		if err := c.conn.SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
			return err
		}
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return err
		}
		if err := c.handle(frame); err != nil {
			return err
		}
	}
}

func (c *connection) start() error {
	o := c.options
	s := &stream{id: c.nextID, body: o.bodies[o.started%len(o.bodies)], window: c.firstWindow, began: time.Now()}
	o.started++
	c.nextID += 2
	c.streams[s.id] = s
	if err := c.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: s.id, BlockFragment: c.head, EndHeaders: true, EndStream: len(s.body) == 0,
	}); err != nil {
		return err
	}
	return c.send(s)
}

// send writes as much of a body as the windows allow; the rest waits.
func (c *connection) send(s *stream) error {
	for len(s.body) > 0 {
		n := min(int64(len(s.body)), int64(c.maxFrame), s.window, c.window)
		if n <= 0 {
			c.waiting = append(c.waiting, s)
			return nil
		}
		last := n == int64(len(s.body))
		if err := c.framer.WriteData(s.id, last, s.body[:n]); err != nil {
			return err
		}
		s.body = s.body[n:]
		s.window -= n
		c.window -= n
	}
	return nil
}

func (c *connection) resume() error {
	waiting := c.waiting
	c.waiting = nil
	for _, s := range waiting {
		if c.streams[s.id] == nil {
			continue
		}
		if err := c.send(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) handle(frame http2.Frame) error {
	switch f := frame.(type) {
	case *http2.DataFrame:
		return c.data(f)
	case *http2.MetaHeadersFrame:
		return c.headersOf(f)
	case *http2.RSTStreamFrame:
		if s := c.streams[f.StreamID]; s != nil {
			if s.status == "" {
				s.status = "reset " + f.ErrCode.String()
			}
			return c.finish(s, false)
		}
	case *http2.SettingsFrame:
		return c.settings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			return c.framer.WritePing(true, f.Data)
		}
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 {
			c.window += int64(f.Increment)
		} else if s := c.streams[f.StreamID]; s != nil {
			s.window += int64(f.Increment)
		}
		return c.resume()
	case *http2.GoAwayFrame:
		c.leaving = true
		if f.ErrCode != http2.ErrCodeNo {
			return fmt.Errorf("the server sent GOAWAY %s", f.ErrCode)
		}
	}
	return nil
}

func (c *connection) data(f *http2.DataFrame) error {
	c.received += int64(f.Length)
	if c.received >= topUp {
		if err := c.framer.WriteWindowUpdate(0, uint32(c.received)); err != nil {
			return err
		}
		c.received = 0
	}
	if s := c.streams[f.StreamID]; s != nil && f.StreamEnded() {
		return c.finish(s, true)
	}
	return nil
}

func (c *connection) headersOf(f *http2.MetaHeadersFrame) error {
	s := c.streams[f.StreamID]
	if s == nil {
		return nil
	}
	for _, h := range f.Fields {
		switch h.Name {
		case "grpc-status":
			s.status = h.Value
		case "grpc-message":
			s.message = h.Value
		case ":status":
			if h.Value != "200" {
				s.status = "HTTP " + strconv.Quote(h.Value)
			}
		}
	}
	if f.StreamEnded() {
		return c.finish(s, true)
	}
	return nil
}

// finish counts a call. An answer may come before the request was sent whole: the rest of it is called off.
func (c *connection) finish(s *stream, ended bool) error {
	delete(c.streams, s.id)
	if s.status == "" {
		s.status = "no status"
	}
	c.counts.done(s.status, s.message, time.Since(s.began))
	if ended && len(s.body) > 0 {
		return c.framer.WriteRSTStream(s.id, http2.ErrCodeCancel)
	}
	return nil
}

func (c *connection) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	if size, ok := f.Value(http2.SettingMaxFrameSize); ok {
		c.maxFrame = int(min(size, 1<<20))
	}
	if most, ok := f.Value(http2.SettingMaxConcurrentStreams); ok {
		c.maxStreams = int(min(most, 1<<20))
	}
	if first, ok := f.Value(http2.SettingInitialWindowSize); ok {
		for _, s := range c.streams {
			s.window += int64(first) - c.firstWindow
		}
		c.firstWindow = int64(first)
	}
	if err := c.framer.WriteSettingsAck(); err != nil {
		return err
	}
	return c.resume()
}
