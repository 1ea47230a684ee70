package yarn

import "context"

// UserInfo tells users apart.
type UserInfo struct {
	// Login is who the ResourceManager runs as.
	Login string
	// Requested is whom it takes the caller for.
	Requested string
}

// UserInfo asks the ResourceManager whom it takes the caller for. Releases
// before 3.1 can't tell: errors.ErrUnsupported.
func (c *Client) UserInfo(ctx context.Context) (UserInfo, error) {
	type userJSON struct {
		Login     word `json:"rmLoginUser"`
		Requested word `json:"requestedUser"`
	}
	var doc struct {
		userJSON
		Wrapped object[userJSON] `json:"userInfo"`
	}
	if err := c.get(ctx, "user info", clusterPath+"/userinfo", nil, &doc); err != nil {
		return UserInfo{}, err
	}
	u := doc.userJSON
	if u == (userJSON{}) {
		u = doc.Wrapped.value
	}
	return UserInfo{Login: string(u.Login), Requested: string(u.Requested)}, nil
}
