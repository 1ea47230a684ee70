// Package yarn is a client of the web services (REST) of YARN's
// ResourceManager: what the cluster is and has, and the life of an application
// from its id over submission and reports to its end. It knows nothing of what
// runs inside the containers.
//
// A Client is made from the addresses of the ResourceManagers. With several it
// finds the active one by asking each, remembers it, and looks again when that
// one stops being it. Redirects are not followed: those of a standby lose the
// query, with it the user, or name an address that only the cluster knows.
//
// What a ResourceManager answers differs by release in a dozen places, so
// answers are decoded by their shape and not by version: numbers may be
// strings, a list may be an array, a single object, an empty object, null or
// missing.
package yarn
