// Package flink holds what this project knows about Apache Flink itself: its
// configuration in both file formats, sizes and durations as Flink writes
// them, the memory model, versions, and the folder of a distribution.
//
// Nothing here opens a socket or reads the environment. Values of a
// [Configuration] are kept as text, with the place they come from, so that an
// error can name it.
package flink
