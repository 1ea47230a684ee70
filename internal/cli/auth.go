package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/yarnflink/yarnflink/submit"
)

func newAuthCommand(env *Env, run func(context.Context, *readOptions) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *readOptions) error { return authStatus(ctx, env, o) }
	}
	return newCommand(cmdAuth, func(ctx context.Context, line commandLine) error {
		if word := line.positional[0]; word != "status" {
			return usagef("auth needs status, not %q", word)
		}
		return run(ctx, &readOptions{line.globals(env), line.settings(env)})
	})
}

func authStatus(ctx context.Context, env *Env, o *readOptions) error {
	client, _, err := env.clusterClient(ctx, o.globalOptions, o.Settings)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := bounded(ctx, "--timeout", o.Timeout)
	defer cancel()
	id, err := client.Identity(ctx)
	if err != nil {
		return withCause(ctx, err)
	}
	return env.out.result(id, func(w io.Writer) { printIdentity(w, id) })
}

func printIdentity(w io.Writer, id *submit.Identity) {
	user := id.User
	if id.RealUser != "" {
		user = fmt.Sprintf("%s, for whom %s acts", id.User, id.RealUser)
	}
	rows := [][]string{{"User:", user}}
	if id.Principal == "" {
		rows = append(rows, []string{"Proof:", "none: the cluster believes the name (hadoop.security.authentication is " + id.Authentication + ")"})
	} else {
		rows = append(rows, []string{"Principal:", id.Principal}, []string{"Proof:", id.Source}, []string{"Ticket:", ticketText(id)},
			[]string{"Cluster:", protectionText(id)})
	}
	if t := id.Token; t != nil {
		rows = append(rows, []string{"HDFS token:", fmt.Sprintf("one made now for %s ends %s", t.FileSystem, localTime(t.End))})
	}
	if id.TokenProblem != "" {
		rows = append(rows, []string{"HDFS token:", "none: " + id.TokenProblem})
	}
	web := "asks who one is"
	if id.WebOpen {
		web = "answers everybody"
		if id.Principal != "" {
			web += ", and takes nobody's submission: hadoop.http.authentication.type is not kerberos there"
		}
	}
	rows = append(rows, []string{"Web:", "the ResourceManager " + web})
	table(w, rows)
}

func ticketText(id *submit.Identity) string {
	text := "ends " + localTime(id.TicketEnd)
	if id.RenewableUntil.After(id.TicketEnd) {
		text += ", renewable until " + localTime(id.RenewableUntil)
	}
	if id.Lasting {
		return text + "; a new one is got as it is needed"
	}
	return fmt.Sprintf("%s; %s left", text, time.Until(id.TicketEnd).Round(time.Minute))
}

func protectionText(id *submit.Identity) string {
	data := "not protected"
	switch {
	case id.Encrypted:
		data = "encrypted"
	case id.DataProtection != "":
		data = id.DataProtection
	}
	return fmt.Sprintf("asks for Kerberos; RPC: %s, data: %s", id.RPCProtection, data)
}
