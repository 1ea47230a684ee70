package yarntest

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
)

// object is a JSON object.
type object = map[string]any

func (s *Server) json(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.tb.Errorf("answer: %v", err)
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// remoteException answers an error the way the web service does. Releases
// before 3.5 put java.lang.Exception before the message.
func (s *Server) remoteException(w http.ResponseWriter, status int, class, message string) {
	e := object{"exception": class[strings.LastIndexByte(class, '.')+1:], "javaClassName": class}
	if s.cluster.dialect() == Hadoop35 {
		message = strings.TrimPrefix(message, "java.lang.Exception: ")
	}
	if message != "" {
		e["message"] = message
	}
	s.json(w, status, object{"RemoteException": e})
}

func (s *Server) badRequest(w http.ResponseWriter, format string, args ...any) {
	s.remoteException(w, http.StatusBadRequest, "org.apache.hadoop.yarn.webapp.BadRequestException",
		"java.lang.Exception: "+fmt.Sprintf(format, args...))
}

// forbiddenText answers plain text that is declared as JSON.
func forbiddenText(w http.ResponseWriter, message string) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(message))
}

// notFoundPage answers a path that the server does not have.
func (s *Server) notFoundPage(w http.ResponseWriter, r *http.Request) {
	if s.cluster.dialect() == Hadoop35 {
		s.json(w, http.StatusNotFound, object{"servlet": "default", "message": "Not Found", "url": r.URL.Path, "status": "404"})
		return
	}
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprintf(w, `<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html>
  <title>
    Sorry, got error 404
  </title>
  <script type="text/javascript">
    $(function() { $('#msg').accordion({autoHeight: false}); });
  </script>
  <div id="msg">
    <h1>
      Error Details
    </h1>
    <pre>org.apache.hadoop.yarn.webapp.WebAppException: %s: controller for v1 not found
	at org.apache.hadoop.yarn.webapp.Router.resolveDefault(Router.java:247)
	at org.apache.hadoop.yarn.webapp.Router.resolve(Router.java:155)
</pre></div></html>`, html.EscapeString(r.URL.Path))
}

// jettyPage is the error page of the servlet container.
func jettyPage(w http.ResponseWriter, r *http.Request, status int, reason string) {
	w.Header().Set("Content-Type", "text/html;charset=iso-8859-1")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
<title>Error %d %s</title>
</head>
<body><h2>HTTP ERROR %d %s</h2>
<table>
<tr><th>URI:</th><td>%s</td></tr>
</table>
</body>
</html>
`, status, reason, status, reason, html.EscapeString(r.URL.Path))
}
