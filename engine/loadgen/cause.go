package loadgen

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"autoscale-lab/lab"
)

// causeOf says why a request under ctx failed with err. A status of 0: no header
// had come.
func causeOf(ctx context.Context, status int, err error) lab.Cause {
	var dial *dialError
	var op *net.OpError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return lab.CauseCanceled
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return lab.CauseTimeout
	case errors.As(err, &dial):
		return lab.CauseConnect
	case status != 0:
		return lab.CauseTruncated
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed),
		errors.As(err, &op), strings.Contains(err.Error(), "server closed idle connection"):
		return lab.CauseReset
	}
	return lab.CauseOther
}

// textOf is the innermost of a chain of errors, without the addresses that
// would make each one different; "" where the cause says all.
func textOf(cause lab.Cause, err error) string {
	if cause == lab.CauseTimeout || cause == lab.CauseCanceled {
		return ""
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			break
		}
		err = inner
	}
	text := lab.Clean(err.Error())
	if r := []rune(text); len(r) > 120 {
		text = string(r[:119]) + "…"
	}
	return text
}
