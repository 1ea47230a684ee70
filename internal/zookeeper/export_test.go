package zookeeper

import "github.com/go-zookeeper/zk"

// Conn lets the tests against real servers, which this package's own can't be, make nodes.
func (c *Client) Conn() *zk.Conn { return c.conn }

// Servers is where the client is connected.
func (c *Client) Servers() string { return c.servers }
