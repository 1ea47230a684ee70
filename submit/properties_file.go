package submit

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/magiconair/properties"

	"github.com/yarnflink/yarnflink/flink"
	"github.com/yarnflink/yarnflink/yarn"
)

// PropertiesFile is what Flink's clients remember of the session that was
// started last. It is a cache: what it names has to be checked with the
// ResourceManager.
//
// Java: FlinkYarnSessionCli, its YARN properties file.
type PropertiesFile struct {
	ApplicationID     yarn.ApplicationID
	DynamicProperties map[string]string
}

const (
	propertiesFilePrefix  = ".yarn-properties-"
	propertyApplicationID = "applicationID"
	propertyDynamic       = "dynamicPropertiesString"
	dynamicSeparator      = "@@"
	maxPropertiesFile     = 1 << 20
)

// PropertiesFilePath is where the file of a user is; dir "" means /tmp, which
// the Java client takes as java.io.tmpdir.
func PropertiesFilePath(dir, user string) string {
	if dir == "" {
		dir = "/tmp"
	}
	return filepath.Join(dir, propertiesFilePrefix+user)
}

// ReadPropertiesFile reads what any version of Flink wrote. A file that is
// there and can't be used is an error that names it.
func ReadPropertiesFile(name string) (*PropertiesFile, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxPropertiesFile {
		return nil, withHint(fmt.Errorf("read %s: it is no properties file", name), "remove it, or name the session by -yid or --session")
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	p, err := ParsePropertiesFile(content)
	if err != nil {
		return nil, withHint(fmt.Errorf("read %s: %w", name, err), "remove it, or name the session by -yid or --session")
	}
	return p, nil
}

// ParsePropertiesFile reads the file's content.
func ParsePropertiesFile(content []byte) (*PropertiesFile, error) {
	loader := properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	values, err := loader.LoadBytes(content)
	if err != nil {
		return nil, err
	}
	text, ok := values.Get(propertyApplicationID)
	if !ok {
		return nil, errors.New("it names no " + propertyApplicationID)
	}
	p := &PropertiesFile{DynamicProperties: map[string]string{}}
	if p.ApplicationID, err = yarn.ParseApplicationID(strings.TrimSpace(text)); err != nil {
		return nil, err
	}
	for pair := range strings.SplitSeq(values.GetString(propertyDynamic, ""), dynamicSeparator) {
		key, value, ok := strings.Cut(pair, "=")
		if key = strings.TrimSpace(key); ok && key != "" {
			p.DynamicProperties[key] = strings.TrimSpace(value)
		}
	}
	return p, nil
}

// Bytes is the file as Flink's own clients read it. Values of secret keys are
// left out, and those that its separator would tear apart.
func (p PropertiesFile) Bytes() []byte {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(p.DynamicProperties)) {
		pair := key + "=" + p.DynamicProperties[key]
		if flink.IsSecretKey(key) || strings.Contains(pair, dynamicSeparator) || strings.Trim(pair, "@") != pair {
			continue
		}
		pairs = append(pairs, pair)
	}
	return []byte("# Flink on YARN: the session started last\n" +
		propertyApplicationID + "=" + p.ApplicationID.String() + "\n" +
		propertyDynamic + "=" + escapeProperty(strings.Join(pairs, dynamicSeparator)) + "\n")
}

// escapeProperty writes a value as java.util.Properties.store does.
func escapeProperty(value string) string {
	var b strings.Builder
	for i, r := range value {
		switch {
		case strings.ContainsRune(`\=:#!`, r), r == ' ' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < 0x20 || r > 0x7e && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04X`, r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04X\u%04X`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// WritePropertiesFile replaces the file at once: a reader sees the old one or
// the new one. It is readable by its owner only.
func WritePropertiesFile(name string, p PropertiesFile) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // made with 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(p.Bytes())
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
