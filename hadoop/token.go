package hadoop

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Token is a delegation token. Whoever has it acts as its owner: it belongs into
// no log, no plan and no argument. The zero value is none.
//
// Java: org.apache.hadoop.security.token.Token.
type Token struct {
	Identifier []byte
	Password   []byte
	// Kind is what it is for: "HDFS_DELEGATION_TOKEN".
	Kind string
	// Service is whom it is for: "10.0.0.1:8020", "ha-hdfs:nameservice".
	Service string
}

var errToken = errors.New("not a Hadoop delegation token")

// ParseToken reads the text form, Java's encodeToUrlString. No part of the text is
// in its error.
func ParseToken(text string) (Token, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Token{}, errToken
	}
	var t Token
	var parts [4][]byte
	for i := range parts {
		if parts[i], b, err = readBlock(b); err != nil {
			return Token{}, err
		}
	}
	if len(b) > 0 {
		return Token{}, errToken
	}
	t.Identifier, t.Password, t.Kind, t.Service = parts[0], parts[1], string(parts[2]), string(parts[3])
	return t, nil
}

// Encode returns the text form, which is as secret as the token.
func (t Token) Encode() string {
	var b []byte
	for _, part := range [][]byte{t.Identifier, t.Password, []byte(t.Kind), []byte(t.Service)} {
		b = appendVLong(b, int64(len(part)))
		b = append(b, part...)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// String says what it is, and nothing that is secret.
func (t Token) String() string { return t.Kind + " for " + t.Service }

// TokenTimes are those of an HDFS_DELEGATION_TOKEN.
type TokenTimes struct {
	Owner, Renewer string
	// Issued and End are the time it was made, and the latest end that renewing
	// gives it.
	Issued, End time.Time
}

// Times reads them out of the identifier.
//
// Java: AbstractDelegationTokenIdentifier.readFields.
func (t Token) Times() (TokenTimes, error) {
	b := t.Identifier
	if len(b) == 0 || b[0] != 0 {
		return TokenTimes{}, errors.New("the token's identifier has an unknown version")
	}
	b = b[1:]
	var names [3][]byte // owner, renewer, real user
	var err error
	for i := range names {
		if names[i], b, err = readBlock(b); err != nil {
			return TokenTimes{}, err
		}
	}
	var times [2]int64
	for i := range times {
		var n int
		if times[i], n = vlong(b); n <= 0 {
			return TokenTimes{}, errToken
		}
		b = b[n:]
	}
	return TokenTimes{
		Owner: string(names[0]), Renewer: string(names[1]),
		Issued: time.UnixMilli(times[0]), End: time.UnixMilli(times[1]),
	}, nil
}

// readBlock takes a length and so many bytes off b.
func readBlock(b []byte) (block, rest []byte, err error) {
	length, n := vlong(b)
	if n <= 0 || length < 0 || length > int64(len(b)-n) {
		return nil, nil, errToken
	}
	return b[n : n+int(length)], b[n+int(length):], nil
}

// vlong reads an integer as Hadoop's WritableUtils.writeVLong writes it; n is its
// length, 0 where b is too short.
func vlong(b []byte) (value int64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	first := int8(b[0])
	if first >= -112 {
		return int64(first), 1
	}
	negative := first < -120
	size := int(-(int(first) + 112))
	if negative {
		size = int(-(int(first) + 120))
	}
	if len(b) < 1+size {
		return 0, 0
	}
	for _, c := range b[1 : 1+size] {
		value = value<<8 | int64(c)
	}
	if negative {
		value = ^value
	}
	return value, 1 + size
}

// appendVLong appends an integer as Hadoop's WritableUtils.writeVLong writes it.
func appendVLong(b []byte, value int64) []byte {
	if -112 <= value && value <= 127 {
		return append(b, byte(value))
	}
	first := -112
	if value < 0 {
		value, first = ^value, -120
	}
	var digits [8]byte
	binary.BigEndian.PutUint64(digits[:], uint64(value))
	at := 0
	for at < 7 && digits[at] == 0 {
		at++
	}
	b = append(b, byte(first-(8-at)))
	return append(b, digits[at:]...)
}

// Credentials are the tokens of a submission, by alias.
type Credentials map[string]Token

// String names them, without what is secret.
func (c Credentials) String() string { return fmt.Sprintf("%d tokens", len(c)) }
