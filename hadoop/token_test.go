package hadoop

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"
)

// sampleID is the identifier of a token that a NameNode has given.
const sampleID = "00" + "05616c696365" + "047961726e" + "00" + "8a01a1fb8a7f86" + "8a01a21f970386" + "01" + "02"

func sampleToken(t *testing.T) Token {
	t.Helper()
	id, err := hex.DecodeString(sampleID)
	if err != nil {
		t.Fatal(err)
	}
	return Token{Identifier: id, Password: bytes.Repeat([]byte{7}, 20), Kind: "HDFS_DELEGATION_TOKEN", Service: "127.0.0.1:19000"}
}

func TestToken(t *testing.T) {
	want := sampleToken(t)
	text := want.Encode()
	if !strings.HasPrefix(text, "HQAFYWxpY2UEeWFybgCK") {
		t.Errorf("encoded as %s", text)
	}
	got, err := ParseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Identifier, want.Identifier) || !bytes.Equal(got.Password, want.Password) || got.Kind != want.Kind || got.Service != want.Service {
		t.Errorf("got %+v", got)
	}
	times, err := got.Times()
	if err != nil {
		t.Fatal(err)
	}
	if times.Owner != "alice" || times.Renewer != "yarn" || times.End.Sub(times.Issued) != 7*24*time.Hour {
		t.Errorf("got %+v", times)
	}
	if s := got.String(); s != "HDFS_DELEGATION_TOKEN for 127.0.0.1:19000" {
		t.Errorf("it is called %q", s)
	}
}

func TestParseTokenRefuses(t *testing.T) {
	whole := sampleToken(t).Encode()
	for name, text := range map[string]string{
		"nothing": "", "another alphabet": "++++", "cut": whole[:len(whole)-4], "too long": whole + "AAAA", "a negative length": "gA", "a length without end": "iP_______",
	} {
		if got, err := ParseToken(text); err == nil {
			t.Errorf("%s: %+v", name, got)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the text is in %v", name, err)
		}
	}
	for _, id := range []string{"", "01", "0005", "00000000", sampleID[:40]} {
		b, err := hex.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := (Token{Identifier: b}).Times(); err == nil {
			t.Errorf("identifier %s: %+v", id, got)
		}
	}
}

func TestVLong(t *testing.T) {
	for value, want := range map[int64]string{
		0: "00", 127: "7f", -112: "90", 128: "8f80", 256: "8e0100", -113: "8770", math.MaxInt64: "887fffffffffffffff", math.MinInt64: "807fffffffffffffff",
	} {
		b := appendVLong(nil, value)
		if got := hex.EncodeToString(b); got != want {
			t.Errorf("%d: %s, want %s", value, got, want)
		}
		if got, n := vlong(b); got != value || n != len(b) {
			t.Errorf("%d reads back as %d (%d bytes)", value, got, n)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("HQAFYWxpY2UEeWFybgCKAaH7in-GigGiH5cDhgEC")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err != nil {
			return
		}
		_, _ = token.Times()
		again, err := ParseToken(token.Encode())
		if err != nil || again.Kind != token.Kind || !bytes.Equal(again.Identifier, token.Identifier) {
			t.Errorf("%+v reads back as %+v, %v", token, again, err)
		}
	})
}
