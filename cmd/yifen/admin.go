package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/app"
)

// envAdminPassword holds the password of the account that is made.
const envAdminPassword = "YIFEN_ADMIN_PASSWORD"

func adminCommand() *cobra.Command {
	c := &cobra.Command{Use: "admin", Short: "Look after the operator's accounts 平台账号"}
	var file *string
	var email, name string
	create := &cobra.Command{
		Use: "create", Short: "Make the first administrator of an installation 创建首个管理员", Args: cobra.NoArgs,
		Long: "Make the first administrator of an installation: once in its life, with it running or stopped. All other accounts of staff are\n" +
			"proposed and approved in the console. The password, 12 characters or more, is read from " + envAdminPassword + " or the first line of\n" +
			"standard input; it is never a flag. At the first log-in the account sets up its second factor.",
		Example: "  YIFEN_ADMIN_PASSWORD=… yifen admin create --config yifen.conf --email chief@pay.example --name 'Chief Wang'",
		RunE: func(c *cobra.Command, _ []string) error {
			config, findings := loadConfig(c, *file)
			if len(findings) > 0 {
				report(findings)
				return exitCode(2)
			}
			password, err := adminPassword(os.Stdin)
			if err != nil {
				return err
			}
			if err := app.FirstAdmin(c.Context(), config, email, name, password); err != nil {
				return err
			}
			fmt.Printf("%s may log in at /console/ 可以登录 /console/\n", email)
			return nil
		},
	}
	file = settingFlags(create)
	create.Flags().StringVar(&email, "email", "", "e-mail address to log in with")
	create.Flags().StringVar(&name, "name", "", "name of the person")
	create.MarkFlagRequired("email")
	create.MarkFlagRequired("name")
	c.AddCommand(create)
	return c
}

// adminPassword reads the password from the environment or from the first line of in.
func adminPassword(in io.Reader) (string, error) {
	if p := os.Getenv(envAdminPassword); p != "" {
		return p, nil
	}
	line, err := bufio.NewReader(io.LimitReader(in, 1024)).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", fmt.Errorf("give the password in %s or on standard input: %w", envAdminPassword, err)
	}
	return line, nil
}
