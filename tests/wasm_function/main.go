// A KRM function that is not ours: it counts the items of a ResourceList, and tells the number as a
// result. krm-wasm must run it as it runs ours, so it looks at all that a sandbox must not show.
package main

import (
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	if !strings.Contains(string(text), "kind: ResourceList") {
		fmt.Fprintln(os.Stderr, "error: the input must be a ResourceList")
		os.Exit(1)
	}
	start := time.Now()
	time.Sleep(time.Hour) // The clock is turned; nobody waits.
	fmt.Print(string(text))
	fmt.Println("results:")
	say := func(format string, a ...any) { fmt.Printf("- message: %q\n  severity: info\n", fmt.Sprintf(format, a...)) }
	say("%d items", strings.Count(string(text), "\n- "))
	say("arguments %q, environment %q", os.Args, os.Environ())
	say("%d, slept an hour: %t", start.Year(), time.Since(start) >= time.Hour)
	say("random %d", rand.Uint64())
	_, err = os.ReadFile("/etc/passwd")
	say("a file: %v", err)
	_, err = net.Dial("tcp", "127.0.0.1:80")
	say("the network: %v", err)
}
