package flink

// Option is a key of Flink's configuration with the older names it is also
// read by. Options are values; tables of them are never changed.
type Option struct {
	// Key is today's name.
	Key string
	// Aliases are older names in the order Flink tries them.
	Aliases []string
	// Default is the text of Flink's default, "" where it has none or
	// derives it.
	Default string
}

// Keys are the key and its aliases, in the order they are looked up.
func (o Option) Keys() []string {
	return append([]string{o.Key}, o.Aliases...)
}
