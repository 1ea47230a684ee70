package yarn_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/yarnflink/yarnflink/internal/faults"
	"github.com/yarnflink/yarnflink/yarn"
	"github.com/yarnflink/yarnflink/yarn/yarntest"
)

var sentinels = []error{yarn.ErrApplicationNotFound, yarn.ErrForbidden, yarn.ErrUnauthorized, yarn.ErrKerberosRequired,
	yarn.ErrStaticUser, yarn.ErrSubmissionDisabled, yarn.ErrBadRequest, yarn.ErrUnreachable, errors.ErrUnsupported}

func TestRefusedSubmissions(t *testing.T) {
	for _, tt := range []struct {
		name    string
		o       yarntest.Options
		is      []error
		message string
		hint    string
	}{
		{"static user", yarntest.Options{StaticUser: true}, []error{yarn.ErrForbidden, yarn.ErrStaticUser},
			"answered 403: The default static user cannot carry out this operation. (ForbiddenException)", "hadoop.http.filter.initializers"},
		{"kerberos", yarntest.Options{Kerberos: true}, []error{yarn.ErrUnauthorized, yarn.ErrKerberosRequired},
			"answered 401: HTTP ERROR 401 Authentication required URI: /ws/v1/cluster/apps", "asks for Kerberos"},
		{"disabled", yarntest.Options{SubmissionDisabled: true}, []error{yarn.ErrForbidden, yarn.ErrSubmissionDisabled},
			"answered 403: App submission via REST is disabled.", "yarn.webapp.enable-rest-app-submissions"},
		{"queue", yarntest.Options{Queues: []yarntest.Queue{{Path: "root.default", Submitters: []string{"bob"}}}},
			[]error{yarn.ErrForbidden, yarn.ErrBadRequest}, "User alice does not have permission to submit", "SUBMIT_APPLICATIONS"},
		{"memory", yarntest.Options{Maximum: yarn.Resource{MemoryMB: 64, VCores: 1}}, []error{yarn.ErrBadRequest},
			"answered 400: Requested more memory than configured max (BadRequestException)", ""},
		{"memory of 3.5", yarntest.Options{Dialect: yarntest.Hadoop35, Maximum: yarn.Resource{MemoryMB: 64, VCores: 1}}, []error{yarn.ErrBadRequest},
			"answered 400: Requested more memory than configured max (BadRequestException)", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fake(t, tt.o)
			id := yarn.ApplicationID{ClusterTimestamp: 1, ID: 1}
			err := c.Submit(context.Background(), sleeper(id))
			checkError(t, err, tt.is, tt.message, tt.hint)
			var remote *yarn.RemoteError
			if !errors.As(err, &remote) || remote.Addr != s.URL || remote.Op != "submit "+id.String() {
				t.Errorf("remote error %+v", remote)
			}
			if n := len(s.Faults.Requests()); n != 1 {
				t.Errorf("%d requests, want 1: a refusal is final", n)
			}
			if len(s.Applications()) != 0 {
				t.Error("an application was made")
			}
		})
	}
}

func checkError(t *testing.T, err error, is []error, message, advice string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, sentinel := range sentinels {
		want := false
		for _, i := range is {
			want = want || i == sentinel
		}
		if errors.Is(err, sentinel) != want {
			t.Errorf("errors.Is(%v, %v) = %t", err, sentinel, !want)
		}
	}
	if !strings.Contains(err.Error(), message) {
		t.Errorf("error %q lacks %q", err, message)
	}
	if h := hint(err); !strings.Contains(h, advice) || (advice == "") != (h == "") {
		t.Errorf("hint %q lacks %q", h, advice)
	}
}

func TestErrorBodies(t *testing.T) {
	for _, tt := range []struct {
		name          string
		code          int
		contentType   string
		body          string
		is            []error
		message, hint string
	}{
		{"text declared as json", 403, "application/json", "User alice cannot do that\n", []error{yarn.ErrForbidden}, "403: User alice cannot do that", "MODIFY_APP"},
		{"html with a stack", 404, "text/html", "<!DOCTYPE html><html><head><style>a{}</style></head><body><script>x()</script><pre>no &lt;such&gt; page\n\tat a.b(C.java:1)\n\tat d.e(F.java:2)</pre></body></html>",
			[]error{errors.ErrUnsupported}, "404: no <such> page", "yarn.resourcemanager.webapp.address"},
		{"jetty's json page", 404, "application/json", `{"servlet":"default","message":"Not Found","status":"404"}`, []error{errors.ErrUnsupported}, "404: Not Found", "yarn.resourcemanager.webapp.address"},
		{"empty", 403, "", "", []error{yarn.ErrForbidden}, "403: Forbidden", "MODIFY_APP"},
		{"an unrelated 404", 404, "application/json", `{"RemoteException":{"exception":"IOException","message":"disk"}}`, nil, "404: disk (IOException)", ""},
		{"application", 404, "application/json", `{"RemoteException":{"exception":"NotFoundException","message":"java.lang.Exception: app not found"}}`, []error{yarn.ErrApplicationNotFound}, "404: app not found", "max-completed-applications"},
		{"without message", 500, "application/json", `{"RemoteException":{"exception":"NullPointerException"}}`, nil, "500: Internal Server Error (NullPointerException)", ""},
		{"long", 400, "text/plain", strings.Repeat("é", 10000), []error{yarn.ErrBadRequest}, "éé…", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := fake(t, yarntest.Options{})
			s.Faults.Add(faults.Fault{Match: "GET /ws/v1/cluster/metrics", Mode: faults.Answer, Code: tt.code,
				Header: map[string][]string{"Content-Type": {tt.contentType}}, Body: tt.body})
			_, err := c.Metrics(context.Background())
			checkError(t, err, tt.is, tt.message, tt.hint)
			if len(err.Error()) > 5000 {
				t.Errorf("%d bytes of message", len(err.Error()))
			}
		})
	}
}
