package hdfs

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLostHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost lostHosts
		if got := lost.list(); got != "" {
			t.Errorf("%q at first", got)
		}
		lost.add("b")
		time.Sleep(lostExpiry / 2)
		lost.add("a")
		if got := lost.list(); got != "a,b" {
			t.Errorf("%q, want both", got)
		}
		time.Sleep(lostExpiry / 2)
		if got := lost.list(); got != "a" {
			t.Errorf("%q, want the one that failed last", got)
		}
		lost.forget()
		if got := lost.list(); got != "" {
			t.Errorf("%q after forget", got)
		}
	})
}
