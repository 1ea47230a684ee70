//go:build !linux

package standalone

// folderIdentity is not known: hosts run Linux, and this machine is none of them.
func folderIdentity(string) string { return "" }
