package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// memory reads a field of the service's /proc/PID/status, in MiB.
func (w *World) memory(name string) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.service.PID()))
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, name+": %f kB", &kilobytes); n == 1 {
			return kilobytes / 1024
		}
	}
	return 0
}

func (w *World) cpu() time.Duration { return cpuOf(w.service.PID()) }

// cpuOf is the time that the threads of a process have run.
func cpuOf(pid int) time.Duration {
	var sum time.Duration
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		var nanoseconds int64
		fmt.Sscan(string(text), &nanoseconds)
		sum += time.Duration(nanoseconds)
	}
	return sum
}
