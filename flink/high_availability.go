package flink

import "strings"

// HighAvailabilityMode says who keeps a cluster's metadata so that another
// JobManager can take over.
type HighAvailabilityMode string

// The modes. Every text that is none of the others names a factory class.
const (
	HighAvailabilityNone       HighAvailabilityMode = "NONE"
	HighAvailabilityZooKeeper  HighAvailabilityMode = "ZOOKEEPER"
	HighAvailabilityKubernetes HighAvailabilityMode = "KUBERNETES"
	HighAvailabilityFactory    HighAvailabilityMode = "FACTORY_CLASS"
)

// Active says whether the mode survives a JobManager.
func (m HighAvailabilityMode) Active() bool { return m != HighAvailabilityNone }

// HighAvailability returns the mode that is configured.
//
// Java: HighAvailabilityMode.fromConfig.
func HighAvailability(c *Configuration) HighAvailabilityMode {
	switch text := strings.ToUpper(c.Text(HighAvailabilityType)); text {
	case "NONE", "STANDALONE": // standalone was the name up to Flink 1.0
		return HighAvailabilityNone
	case "ZOOKEEPER", "KUBERNETES":
		return HighAvailabilityMode(text)
	}
	return HighAvailabilityFactory
}

// IsHighAvailability says whether high availability is configured in any form.
func IsHighAvailability(c *Configuration) bool { return HighAvailability(c).Active() }
