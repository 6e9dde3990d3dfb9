package balancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"time"

	"autoscale-lab/lab"
)

const (
	// maxTries is at how many instances a request is tried that cannot be
	// connected to.
	maxTries = 3
	// flushInterval is how long a part of an answer of known length may wait
	// for the next; one of unknown length is passed on at once.
	flushInterval = time.Millisecond
)

// ServeHTTP sends the request to an instance and its answer back. It answers
// 503 if no instance is ready, 502 if the one picked gives no valid answer,
// 504 if it gives none in time; an answer that breaks off is broken off.
func (b *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := b.exchanges.Get().(*exchange)
	x.in, x.w = r, w
	x.foreign = b.token == "" || r.Header.Get(lab.LoadHeader) != b.token
	x.arrive()
	whole := false
	defer func() {
		x.passOn()
		x.leave(whole)
		if whole && x.gate == nil { // of one that was held, the transport may still have passOn
			x.reset()
			b.exchanges.Put(x)
		}
	}()
	if x.gate != nil {
		x.wait()
	}
	if x.to == nil {
		x.refuse(w)
	} else {
		x.proxy.ServeHTTP(w, r)
	}
	whole = true
}

// exchange is one request's way through the balancer. It is its own transport,
// body of the answer, and error handler, so that a request costs no closures.
type exchange struct {
	b     *Balancer
	proxy httputil.ReverseProxy

	in      *http.Request
	w       http.ResponseWriter
	foreign bool
	arrived time.Duration
	picked  time.Duration // at to
	to      *member       // nil: none is ready
	addr    string        // of to
	upload  *upload       // the request's body, if it has one
	ended   ending        // as far as it is known
	gate    chan struct{} // of one that was held: closed when its turn has come

	answer io.ReadCloser // the body of the instance's answer
	status int           // of it; 0 before
	header time.Duration // when it came
	broken error         // why its body broke off
}

func newExchange(b *Balancer) *exchange {
	x := &exchange{b: b}
	x.proxy = httputil.ReverseProxy{
		Rewrite:       rewrite,
		Transport:     x,
		FlushInterval: flushInterval,
		ErrorLog:      b.errorLog,
		BufferPool:    &b.buffers,
		ErrorHandler:  x.fail,
		ModifyResponse: func(*http.Response) error {
			x.early()
			return nil
		},
	}
	return x
}

func (x *exchange) reset() { *x = exchange{b: x.b, proxy: x.proxy} }

// rewrite makes the request that goes out: as it came, with the client's
// address added to X-Forwarded-For.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	r.SetXForwarded()
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	delete(r.Out.Header, lab.LoadHeader)
}

// arrive counts the request and picks the instance it goes to.
func (x *exchange) arrive() {
	b := x.b
	x.arrived = b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.moment(x.arrived)
	b.front.enter(now)
	if x.foreign {
		b.foreign.enter(now)
	}
	b.admit(x, now)
}

// dispatch gives the request to an instance for the first time, if there is
// one. Under the lock.
func (x *exchange) dispatch(now time.Duration) {
	if x.give(now, nil) {
		x.b.front.Arrived++
		if x.foreign {
			x.b.foreign.Arrived++
		}
	}
}

// give picks an instance other than not and counts the request as in flight
// there; false if there is none. Under the lock.
func (x *exchange) give(now time.Duration, not *member) bool {
	m := x.b.pick(now, not)
	if m == nil {
		return false
	}
	x.to, x.addr, x.picked = m, m.addr, now
	m.enter(now)
	m.Arrived++
	return true
}

// again lets the instance rest that could not be connected to, and gives the
// request to another; false if it may not, or there is none.
func (x *exchange) again(may bool) bool {
	b, was := x.b, x.to
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	now = b.moment(now)
	was.restUntil = now + rest
	if !may || !x.give(now, was) {
		return false
	}
	was.leave(now, ending{failed: true, cause: lab.CauseConnect}, b.slo)
	return true
}

// RoundTrip gets the answer of the instance. Where no connection can be made
// nothing has been sent, so another instance is tried. (What was sent on an
// idle connection that the instance closed at that moment is sent again by
// http.Transport, if it may be repeated and has no body.)
func (x *exchange) RoundTrip(out *http.Request) (*http.Response, error) {
	if out.Body != nil {
		x.upload = &upload{body: out.Body}
		out.Body = x.upload
	}
	out.URL.Scheme = "http"
	if x.gate != nil {
		out = x.tracked(out)
	}
	for try := 1; ; try++ {
		out.URL.Host = x.addr
		res, err := x.to.transport.RoundTrip(out)
		if err == nil {
			x.answered(res)
			return res, nil
		}
		if x.in.Context().Err() != nil || !isDial(err) {
			return nil, err
		}
		if sent := x.upload != nil && x.upload.begun.Load(); !x.again(!sent && try < maxTries) {
			return nil, err
		}
	}
}

func (x *exchange) answered(res *http.Response) {
	x.header = x.b.now()
	x.status = res.StatusCode
	x.to.last.Store(int64(x.header))
	x.ended.cause, x.ended.failed = lab.StatusCause(res.StatusCode)
	if res.StatusCode != http.StatusSwitchingProtocols {
		x.answer, res.Body = res.Body, x
	}
}

// Read is the answer's body.
func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.answer.Read(p)
	if err != nil && err != io.EOF {
		x.broken = err
	}
	if n > 0 {
		x.to.last.Store(int64(x.b.now()))
	}
	return n, err
}

// Close closes the answer's body.
func (x *exchange) Close() error { return x.answer.Close() }

// leave counts how the request ended. It is not whole if the proxy had to
// abort it in the midst of the answer's body.
func (x *exchange) leave(whole bool) {
	b := x.b
	end := b.now()
	now := end
	switch {
	case x.broken != nil:
		x.ended.failed, x.ended.cause = true, x.causeOf(x.broken)
		if x.ended.cause == lab.CauseReset || x.ended.cause == lab.CauseOther {
			x.ended.cause = lab.CauseTruncated
		}
	case !whole: // what was read could not be written
		x.ended.failed, x.ended.cause = true, lab.CauseCanceled
	}
	if x.status == http.StatusSwitchingProtocols {
		end = x.header
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now = b.moment(now)
	x.ended.latency = end - x.arrived
	b.front.leave(now, x.ended, b.slo)
	if x.foreign {
		b.foreign.leave(now, x.ended, b.slo)
	}
	if x.to != nil {
		x.ended.latency = end - x.picked
		x.to.leave(now, x.ended, b.slo)
	}
}

// early lets the answer begin before an upload of unknown length has ended,
// which net/http would otherwise wait for. The connection is closed after it:
// net/http would begin a second read of one whose upload ends only then.
func (x *exchange) early() {
	if x.in.ContentLength < 0 && (x.upload == nil || !x.upload.ended.Load()) {
		x.w.Header().Set("Connection", "close")
		http.NewResponseController(x.w).EnableFullDuplex() // can fail only where it is not needed
	}
}

// refuse answers that no instance is ready.
func (x *exchange) refuse(w http.ResponseWriter) {
	x.ended.failed, x.ended.cause = true, lab.CauseRefused
	if x.in.Context().Err() != nil {
		x.ended.cause = lab.CauseCanceled
	}
	x.early()
	w.Header().Set("Retry-After", "1")
	http.Error(w, "503 Service Unavailable: no instance is ready", http.StatusServiceUnavailable)
}

// fail answers for an instance that gave no answer to pass on.
func (x *exchange) fail(w http.ResponseWriter, _ *http.Request, err error) {
	x.ended.failed, x.ended.cause = true, x.causeOf(err)
	x.early()
	x.b.errorLog.Printf("instance %s: %v", x.to.id, err)
	status, text := http.StatusBadGateway, "gave no valid answer"
	switch x.ended.cause {
	case lab.CauseConnect:
		text = "cannot be connected to"
	case lab.CauseReset:
		text = "closed the connection before it answered"
	case lab.CauseTimeout:
		status, text = http.StatusGatewayTimeout, "did not answer in time"
	case lab.CauseCanceled: // nobody reads this, unless the request's body was at fault
		http.Error(w, "400 Bad Request: the body did not come whole", http.StatusBadRequest)
		return
	}
	http.Error(w, fmt.Sprintf("%d %s: instance %s %s", status, http.StatusText(status), x.to.id, text), status)
}

func (x *exchange) causeOf(err error) lab.Cause {
	var op *net.OpError
	var late net.Error
	switch {
	case x.in.Context().Err() != nil, errors.Is(err, context.Canceled), x.upload != nil && x.upload.broken.Load():
		return lab.CauseCanceled
	case isDial(err):
		return lab.CauseConnect
	case errors.As(err, &late) && late.Timeout():
		return lab.CauseTimeout
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server closed idle connection"): // an error net/http keeps to itself
		return lab.CauseReset
	}
	return lab.CauseOther
}

// isDial tells whether no connection could be made: nothing was sent.
func isDial(err error) bool {
	var d dialError
	return errors.As(err, &d)
}

// upload is a request's body on its way to an instance. It outlives a try that
// found no connection (http.Transport closes what it is given); the proxy
// closes the body it wraps.
type upload struct {
	body   io.Reader
	begun  atomic.Bool // something may have been sent
	ended  atomic.Bool // the client has sent it whole
	broken atomic.Bool // the client did not send it whole
}

func (u *upload) Read(p []byte) (int, error) {
	u.begun.Store(true)
	n, err := u.body.Read(p)
	switch err {
	case nil:
	case io.EOF:
		u.ended.Store(true)
	default:
		u.broken.Store(true)
	}
	return n, err
}

func (u *upload) Close() error { return nil }
