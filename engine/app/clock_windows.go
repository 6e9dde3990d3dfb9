package app

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// GetThreadTimes steps by 15.6 ms, several requests' work; the cycle counters
// do not. Compiled, never run.
var (
	kernel32              = windows.NewLazySystemDLL("kernel32.dll")
	queryProcessCycleTime = kernel32.NewProc("QueryProcessCycleTime")
	queryThreadCycleTime  = kernel32.NewProc("QueryThreadCycleTime")
	cyclesPerMicrosecond  = sync.OnceValues(readCyclesPerMicrosecond)
)

// processCPU is the CPU time of this process.
func processCPU() (time.Duration, error) {
	return cycles(queryProcessCycleTime, windows.CurrentProcess())
}

// threadCPU is the CPU time of the calling thread. Should its counter fail,
// time that passed is better than a burn without end.
func threadCPU() time.Duration {
	d, err := cycles(queryThreadCycleTime, windows.CurrentThread())
	if err != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return d
}

func cycles(query *windows.LazyProc, of windows.Handle) (time.Duration, error) {
	perMicrosecond, err := cyclesPerMicrosecond()
	if err != nil {
		return 0, err
	}
	var n uint64
	if ok, _, err := query.Call(uintptr(of), uintptr(unsafe.Pointer(&n))); ok == 0 {
		return 0, fmt.Errorf("app: %s: %w", query.Name, err)
	}
	return time.Duration(float64(n) / float64(perMicrosecond) * 1e3), nil
}

// readCyclesPerMicrosecond is the rate of the cycle counters: the nominal one
// of the processor, whatever its speed is just now.
func readCyclesPerMicrosecond() (uint64, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DESCRIPTION\System\CentralProcessor\0`, registry.QUERY_VALUE)
	if err != nil {
		return 0, fmt.Errorf("app: read the processor's rate: %w", err)
	}
	defer key.Close()
	mhz, _, err := key.GetIntegerValue("~MHz")
	if err == nil && mhz == 0 {
		err = registry.ErrNotExist
	}
	if err != nil {
		return 0, fmt.Errorf("app: read the processor's rate: %w", err)
	}
	return mhz, nil
}
