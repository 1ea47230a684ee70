// Package hadoop reads Hadoop's client configuration the way Hadoop's own
// client resolves it: core-site.xml, hdfs-site.xml and yarn-site.xml over the
// built-in defaults, with final properties, deprecated names, includes and
// ${variable} expansion, and with the origin of every value.
//
// [Load] reads the files of a configuration folder, [NewConfiguration] makes a
// configuration without files. On top of the plain and typed getters a
// [Configuration] answers what a client has to know to reach a cluster: its
// default file system, the NameNodes of an authority, the web addresses of the
// ResourceManagers, and where a viewfs path really is.
//
// The package never reads the environment: it is handed in by [LoadOptions].
package hadoop
