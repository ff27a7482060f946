package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/world"
)

// settingFlags adds a flag per setting that is not a secret, and the configuration file.
func settingFlags(c *cobra.Command) (file *string) {
	file = c.Flags().String("config", "", "configuration file: lines of name = value")
	for _, s := range app.Settings {
		if !s.Secret {
			c.Flags().String(s.Name, s.Default, s.Doc+" ("+s.Env()+")")
		}
	}
	return file
}

// loadConfig reads the configuration that a command was given.
func loadConfig(c *cobra.Command, file string) (app.Config, []app.Finding) {
	flags := map[string]string{}
	for _, s := range app.Settings {
		if f := c.Flags().Lookup(s.Name); f != nil && f.Changed {
			flags[s.Name] = f.Value.String()
		}
	}
	return app.Load(file, os.Environ(), flags)
}

func serveCommand() *cobra.Command {
	var file *string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the platform",
		Long: "Run the platform with the configuration of a file, the environment and flags. `yifen config check` says what is\n" +
			"wrong with it; `yifen config list` documents every setting.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, findings := loadConfig(c, *file)
			if len(findings) > 0 {
				report(findings)
				return exitCode(2)
			}
			if err := world.RefuseDemoKeys(config); err != nil {
				return err
			}
			a, err := app.Start(c.Context(), config, app.Options{Admit: world.RefuseDemoData})
			if err != nil {
				return err
			}
			defer a.Stop()
			fmt.Fprintf(os.Stderr, "yifen: terminals at %s, health and metrics at http://%s\n", a.Host.Addr(), a.HTTP.Addr())
			<-c.Context().Done()
			return nil
		},
	}
	file = settingFlags(c)
	return c
}

func report(findings []app.Finding) {
	for _, f := range findings {
		fmt.Fprintln(os.Stderr, f)
	}
	fmt.Fprintf(os.Stderr, "%d finding(s)\n", len(findings))
}

func configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check, show and document the configuration"}
	var checkFile, showFile *string
	check := &cobra.Command{
		Use: "check", Short: "Say what is wrong with the configuration, and where", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, findings := loadConfig(c, *checkFile); len(findings) > 0 {
				report(findings)
				return exitCode(2)
			}
			fmt.Println("the configuration is in order")
			return nil
		},
	}
	checkFile = settingFlags(check)
	show := &cobra.Command{
		Use: "show", Short: "Show the effective configuration and where each value comes from", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, _ := loadConfig(c, *showFile)
			for _, l := range config.Lines() {
				fmt.Println(l)
			}
			return nil
		},
	}
	showFile = settingFlags(show)
	list := &cobra.Command{
		Use: "list", Short: "Document every setting", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			for _, s := range app.Settings {
				fmt.Printf("# %s (%s)\n", s.Doc, s.Env())
				if s.Secret || s.Default == "" {
					fmt.Printf("#%s =\n\n", s.Name)
				} else {
					fmt.Printf("%s = %s\n\n", s.Name, s.Default)
				}
			}
		},
	}
	c.AddCommand(check, show, list)
	return c
}
