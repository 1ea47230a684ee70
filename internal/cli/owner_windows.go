package cli

import "io/fs"

// ownedBy is true: there are no user numbers, and the temporary folder is the
// user's own.
func ownedBy(fs.FileInfo, int) bool { return true }
