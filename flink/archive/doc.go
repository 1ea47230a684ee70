// Package archive reads what JobManagers leave of ended jobs in
// jobmanager.archive.fs.dir, without a history server: a file a job, which holds
// the answers of the REST API as they were at its end.
//
// An archive is read as a stream, and only so much of it is kept as is asked for:
// those of large jobs have tens of megabytes. Any file of the folder may be empty,
// cut off or no archive at all; it is named, and the others are read.
//
// Java: org.apache.flink.runtime.history.FsJobArchivist (1.x), FsJsonArchivist and
// ArchivePathUtils (2.x), HistoryServerArchiveFetcher.
package archive
