package minicluster

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
)

// untarParts unpacks the wanted parts of a source distribution, whose members all stand below one folder.
func untarParts(archive, home string, parts map[string]string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	reader := tar.NewReader(unzipped)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		_, member, _ := strings.Cut(header.Name, "/")
		path, wanted := target(member, parts)
		if !wanted || header.Typeflag != tar.TypeReg {
			continue
		}
		if err := writeMember(home, path, header.FileInfo().Mode(), reader); err != nil {
			return err
		}
	}
}

// unzipParts unpacks the wanted parts of a wheel.
func unzipParts(archive, home string, parts map[string]string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer reader.Close()
	for _, member := range reader.File {
		path, wanted := target(member.Name, parts)
		// The Python modules beside the scripts are none of FLINK_HOME's.
		if !wanted || !member.Mode().IsRegular() || strings.HasSuffix(path, ".py") {
			continue
		}
		if err := unzipMember(member, home, path); err != nil {
			return err
		}
	}
	return nil
}

func unzipMember(member *zip.File, home, path string) error {
	content, err := member.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return writeMember(home, path, member.Mode(), content)
}
