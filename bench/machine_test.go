package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"testing"
)

func TestInspectBinary(t *testing.T) {
	tests := []struct {
		name   string
		header elf.ProgType
		static bool
	}{
		{"static", elf.PT_LOAD, true},
		{"dynamic", elf.PT_INTERP, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var content bytes.Buffer
			header := elf.Header64{
				Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
				Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
				Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
			}
			for _, part := range []any{header, elf.Prog64{Type: uint32(tt.header)}} {
				if err := binary.Write(&content, binary.LittleEndian, part); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(t.TempDir(), "binary")
			write(t, file, content.String())
			got, err := inspectBinary(file)
			if err != nil {
				t.Fatal(err)
			}
			if want := (binaryFacts{Bytes: 120, Static: tt.static}); got != want {
				t.Errorf("inspectBinary = %+v, want %+v", got, want)
			}
		})
	}
	t.Run("no program", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "script")
		write(t, file, "#!/bin/sh\n")
		if got, err := inspectBinary(file); err == nil {
			t.Errorf("inspectBinary = %+v, want an error", got)
		}
	})
}

func TestAssigned(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "MemTotal:       24576000 kB\nmodel name\t: A: B\nmodel name\t: C\nJAVA_VERSION=\"17.0.1\"\n")
	tests := []struct{ name, separator, want string }{
		{"MemTotal", ":", "24576000 kB"},
		{"model name", ":", "A: B"},
		{"JAVA_VERSION", "=", "17.0.1"},
		{"Mem", ":", ""},
	}
	for _, tt := range tests {
		if got := assigned(file, tt.name, tt.separator); got != tt.want {
			t.Errorf("assigned(%s) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := assigned(file+".none", "MemTotal", ":"); got != "" {
		t.Errorf("of a missing file: %q", got)
	}
}

func TestKilobytes(t *testing.T) {
	for text, want := range map[string]int64{"24576000 kB": 24576000 << 10, "": 0, "many": 0} {
		if got := kilobytes(text); got != want {
			t.Errorf("kilobytes(%q) = %d, want %d", text, got, want)
		}
	}
}
