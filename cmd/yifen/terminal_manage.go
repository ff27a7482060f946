package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
)

func (o *terminalOptions) manageCommands() []*cobra.Command {
	return []*cobra.Command{
		o.downloadCommand(), o.operatorCommand(), o.keysCommand(), o.doctorCommand(), o.statusCommand(), o.cardsCommand(), o.codesCommand(),
	}
}

// screen opens the terminal's screen, or helps where there is nobody to look at it.
func (o *terminalOptions) screen(c *cobra.Command, args []string) error {
	if !attended(c.InOrStdin()) || !attended(c.OutOrStdout()) {
		return c.Help()
	}
	return o.local(func(c *cobra.Command, _ []string) error {
		t, err := o.open()
		if err != nil {
			return err
		}
		defer t.Close()
		lang := screen.Chinese
		if o.paper.lang == "en" {
			lang = screen.English
		}
		return screen.Run(c.Context(), screen.Config{Terminal: t, Lang: lang, Demo: o.demo})
	})(c, args)
}

// attended reports whether a stream is a window with somebody before it.
func attended(stream any) bool {
	file, is := stream.(*os.File)
	if !is {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (o *terminalOptions) downloadCommand() *cobra.Command {
	var names []string
	for _, what := range pos.Downloads() {
		names = append(names, string(what))
	}
	return &cobra.Command{
		Use: "download [what ...]", Short: "Fetch parameters, keys and lists from the host 下载",
		Long:    "Fetches from the host, wholly or not at all: " + strings.Join(names, ", ") + ", or all. Without a name, what the host asked for.",
		Example: "  yifen terminal download parameters\n  yifen terminal download all",
		RunE: o.local(func(c *cobra.Command, args []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			what := t.Status().Due
			if len(args) > 0 {
				what = nil
			}
			for _, arg := range args {
				switch {
				case arg == "all":
					what = pos.Downloads()
				case !slices.Contains(names, arg):
					return wrong("未知的下载项 "+arg+"：请用 "+strings.Join(names, "、")+" 或 all", "unknown download "+arg+", use "+strings.Join(names, ", ")+" or all")
				default:
					what = append(what, pos.Download(arg))
				}
			}
			return o.download(c, t, what)
		}),
	}
}

// download fetches one thing after the other and tells how each went.
func (o *terminalOptions) download(c *cobra.Command, t *pos.Terminal, what []pos.Download) error {
	type line struct {
		What    pos.Download `json:"what"`
		Done    bool         `json:"done"`
		Items   int          `json:"items"`
		Code    string       `json:"code,omitempty"`
		Error   string       `json:"error,omitempty"`
		ErrorZH string       `json:"error_zh,omitempty"`
	}
	lines := []line{}
	failed := false
	for _, w := range what {
		outcome, err := t.Download(c.Context(), w)
		l := line{What: w, Done: err == nil && outcome.Approved, Items: outcome.Items, Code: outcome.Code}
		if err != nil {
			l.Error, l.ErrorZH = err.Error(), pos.Words(err).ZH
		}
		failed = failed || !l.Done
		lines = append(lines, l)
		if o.json {
			continue
		}
		name := w.Name()
		switch {
		case err != nil:
			o.paper.sentence(c.OutOrStdout(), "✗ "+name.ZH+"："+l.ErrorZH, "✗ "+capital(name.EN)+": "+l.Error)
		case !l.Done:
			code := pos.Explain(l.Code)
			o.paper.sentence(c.OutOrStdout(), "✗ "+name.ZH+"："+l.Code+" "+code.Meaning.ZH, "✗ "+capital(name.EN)+": "+l.Code+" "+code.Meaning.EN)
		default:
			o.paper.sentence(c.OutOrStdout(), fmt.Sprintf("✓ %s，%d 项", name.ZH, l.Items), fmt.Sprintf("✓ %s, %d items", capital(name.EN), l.Items))
		}
	}
	if o.json {
		if err := printJSON(c.OutOrStdout(), lines); err != nil {
			return err
		}
	} else if len(what) == 0 {
		o.paper.sentence(c.OutOrStdout(), "主机没有要求下载。", "The host asks for nothing.")
	}
	if failed {
		return exitDeclined
	}
	return nil
}

func (o *terminalOptions) operatorCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "operator", Short: "Who may use the terminal 操作员",
		Long: "Cashiers are 01 to 97, 00 is the supervisor, 99 the system operator. The supervisor's password is read from " + envSupervisor +
			" (default: the first one), an operator's own and new password from " + envPassword + " as old:new.",
		Example: "  yifen terminal operator list\n  yifen terminal operator add 02\n  " + envPassword + "=0000:2580 yifen terminal operator password 02",
	}
	supervisor := func() string {
		if password := os.Getenv(envSupervisor); password != "" {
			return password
		}
		return pos.FirstPassword(pos.SupervisorNumber)
	}
	change := func(use, short string, zh, en string, do func(t *pos.Terminal, number string) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: o.local(func(c *cobra.Command, args []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			if err := do(t, args[0]); err != nil {
				return err
			}
			if o.json {
				return printJSON(c.OutOrStdout(), t.Operators())
			}
			o.paper.sentence(c.OutOrStdout(), "✓ "+args[0]+" "+zh, "✓ "+args[0]+" "+en)
			return nil
		})}
	}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "The operators 列表", Args: cobra.NoArgs, RunE: o.local(func(c *cobra.Command, _ []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			if o.json {
				return printJSON(c.OutOrStdout(), t.Operators())
			}
			for _, who := range t.Operators() {
				note := pos.Text{}
				if who.First {
					note = pos.Text{ZH: "初始密码，请修改", EN: "first password: change it"}
				}
				fmt.Fprintln(c.OutOrStdout(), who.Number, o.paper.words(who.Role), o.paper.words(note))
			}
			return nil
		})},
		change("add NUMBER", "Add a cashier 增加", "已增加，初始密码 "+pos.FirstPassword("01"), "added, first password "+pos.FirstPassword("01"),
			func(t *pos.Terminal, number string) error { return t.AddOperator(supervisor(), number) }),
		change("delete NUMBER", "Take a cashier off the list 删除", "已删除", "deleted",
			func(t *pos.Terminal, number string) error { return t.DeleteOperator(supervisor(), number) }),
		change("reset NUMBER", "Give a cashier the first password again 重置密码", "密码已重置", "has the first password again",
			func(t *pos.Terminal, number string) error { return t.ResetOperator(supervisor(), number) }),
		change("password NUMBER", "Change an operator's password 改密码", "密码已改", "has a new password",
			func(t *pos.Terminal, number string) error {
				old, fresh, found := strings.Cut(os.Getenv(envPassword), ":")
				if !found {
					return wrong("请把 旧密码:新密码 放在环境变量 "+envPassword, "put old:new into "+envPassword)
				}
				return t.ChangePassword(number, old, fresh)
			}),
	)
	return c
}

func (o *terminalOptions) keysCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "keys", Short: "The check values of the keys 密钥校验值", Args: cobra.NoArgs,
		RunE: o.local(func(c *cobra.Command, _ []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			for _, f := range t.Examine() {
				if f.Part == pos.PartKeys {
					return o.printFindings(c.OutOrStdout(), []pos.Finding{f})
				}
			}
			return nil
		}),
	}
	load := &cobra.Command{
		Use: "load FILE", Short: "Load the terminal master key from a file of components 装载主密钥", Args: cobra.ExactArgs(1),
		Long: "A key file has a line for each component, in hexadecimal, with its check value behind it, and may end with \"= check-value\" of the\n" +
			"whole. The components are combined by XOR. The system operator's password is read from " + envPassword + " (default: the first one).",
		RunE: o.local(func(c *cobra.Command, args []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			components, want, err := pos.ReadKeyFile(args[0])
			if err = errors.Join(t.CheckSystem(systemPassword()), err); err != nil {
				return err
			}
			if err := t.LoadTMK(want, components...); err != nil {
				return err
			}
			value := t.Status().CheckValue
			if o.json {
				return printJSON(c.OutOrStdout(), map[string]string{"check_value": value})
			}
			o.paper.sentence(c.OutOrStdout(), "✓ 主密钥已装载，校验值 "+value+"，请签到。", "✓ The master key is loaded, check value "+value+". Sign in now.")
			return nil
		}),
	}
	c.AddCommand(load, o.fetchCommand())
	return c
}

// systemPassword is what the environment gives of the system operator, who loads keys.
func systemPassword() string {
	if password := os.Getenv(envPassword); password != "" {
		return password
	}
	return pos.FirstPassword(pos.SystemNumber)
}

func (o *terminalOptions) doctorCommand() *cobra.Command {
	var echoes int
	var set []string
	c := &cobra.Command{
		Use: "doctor", Short: "Examine the terminal and the way to the host 终端体检", Args: cobra.NoArgs,
		Long: "Looks at power, printer, reader, keys, parameters and tamper state, then at name, connection, loss, jitter, TLS and clock of the\n" +
			"host, and says what is wrong and what to do. Exit code 1: something forbids sales. The hardware is played: --set changes it.",
		Example: "  yifen terminal doctor\n  yifen terminal doctor --set printer=paper_out --set battery=12\n  yifen terminal doctor --set sound",
		RunE: o.local(func(c *cobra.Command, _ []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			if len(set) > 0 {
				h := t.Hardware()
				for _, s := range set {
					if err := setHardware(&h, s); err != nil {
						return err
					}
				}
				if err := t.SetHardware(h); err != nil {
					return err
				}
			}
			d := t.Diagnose(c.Context(), echoes)
			if o.json {
				err = printJSON(c.OutOrStdout(), d)
			} else if err = o.printFindings(c.OutOrStdout(), d.Findings); err == nil {
				o.printNetwork(c.OutOrStdout(), d.Network)
			}
			if err == nil && d.Blocked() {
				return exitDeclined
			}
			return err
		}),
	}
	c.Flags().IntVar(&echoes, "echoes", 5, "how often the host is asked")
	c.Flags().StringArrayVar(&set, "set", nil, "play the hardware: printer=WORD, battery=PERCENT, mains, wear=PERCENT, signal=weak|none|good, pin-pad=fault|ok, tampered=yes|no, sound")
	return c
}

// setHardware changes one thing of the hardware that is played.
func setHardware(h *pos.Hardware, text string) error {
	name, value, _ := strings.Cut(text, "=")
	percent, percentErr := strconv.Atoi(value)
	bad := func() error {
		return wrong("不认识 --set "+text, "cannot set "+text+": see yifen terminal doctor --help")
	}
	switch name {
	case "sound":
		*h = pos.Hardware{}
	case "mains":
		h.OnBattery = false
	case "printer":
		if h.Printer = value; value == "ok" {
			h.Printer = ""
		}
	case "signal":
		if h.Signal = value; value == "good" {
			h.Signal = ""
		}
	case "pin-pad":
		h.PINPadFault = value == "fault"
	case "tampered":
		h.Tampered = value == "yes"
	case "battery":
		if h.OnBattery, h.Battery = true, percent; percentErr != nil {
			return bad()
		}
	case "wear":
		if h.ReaderWear = percent; percentErr != nil {
			return bad()
		}
	default:
		return bad()
	}
	return nil
}

var stateMarks = map[pos.State]string{pos.Good: "✓", pos.Warning: "⚠", pos.Blocks: "✗"}

// printFindings prints what was found, and what to do about it.
func (o *terminalOptions) printFindings(w io.Writer, findings []pos.Finding) error {
	if o.json {
		return printJSON(w, findings)
	}
	for _, f := range findings {
		mark := stateMarks[f.State] + " "
		o.paper.sentence(w, mark+f.Part.Name().ZH+"："+f.What.ZH, mark+capital(f.Part.Name().EN)+": "+f.What.EN)
		if f.State != pos.Good {
			o.paper.sentence(w, "  → "+f.Do.ZH, "  → "+f.Do.EN)
		}
	}
	return nil
}

func (o *terminalOptions) printNetwork(w io.Writer, n pos.NetworkStats) {
	if n.Echoes == 0 {
		return
	}
	o.paper.sentence(w,
		fmt.Sprintf("  %s → %s  解析 %.1f ms，连接 %.1f ms，应答 %d/%d，平均 %.1f ms，抖动 %.1f ms %s", n.Local, n.Host, n.Resolve, n.Connect, n.Echoes-n.Lost, n.Echoes, n.Mean, n.Jitter, n.TLS),
		fmt.Sprintf("  %s → %s  name %.1f ms, connect %.1f ms, %d of %d echoes, mean %.1f ms, jitter %.1f ms %s", n.Local, n.Host, n.Resolve, n.Connect, n.Echoes-n.Lost, n.Echoes, n.Mean, n.Jitter, n.TLS))
}

func (o *terminalOptions) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "What the terminal knows, and whether the host answers 终端状态", Args: cobra.NoArgs,
		RunE: o.local(func(c *cobra.Command, _ []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			start := time.Now()
			echo, err := t.Echo(c.Context())
			s := terminalStatus{
				Status: t.Status(), Host: err == nil, Code: echo.Code, Milliseconds: time.Since(start).Milliseconds(),
			}
			if err != nil {
				s.Fault = err.Error()
			}
			if o.json {
				return printJSON(c.OutOrStdout(), s)
			}
			return s.print(c.OutOrStdout(), o.paper.lang)
		}),
	}
}

func (o *terminalOptions) cardsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cards", Short: "The demo cards and what they do 演示卡", Args: cobra.NoArgs,
		RunE: o.local(func(c *cobra.Command, _ []string) error {
			if o.json {
				return printJSON(c.OutOrStdout(), pos.Cards())
			}
			for _, card := range pos.Cards() {
				fmt.Fprintf(c.OutOrStdout(), "%-7s %-19s  %s\n", card.Name, card.Number, o.paper.words(card.Behavior))
			}
			return nil
		}),
	}
}

func (o *terminalOptions) codesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "codes [CODE]", Short: "The response codes, what they mean and what to do 应答码", Args: cobra.MaximumNArgs(1),
		Example: "  yifen terminal codes 51",
		RunE: o.local(func(c *cobra.Command, args []string) error {
			list := pos.Codes()
			if len(args) == 1 {
				list = []pos.Code{pos.Explain(strings.ToUpper(args[0]))}
			}
			if o.json {
				return printJSON(c.OutOrStdout(), list)
			}
			for _, code := range list {
				fmt.Fprintf(c.OutOrStdout(), "%s %s  %s\n      %s\n", code.Code, code.Class,
					o.paper.words(code.Meaning), o.paper.words(code.Advice))
			}
			return nil
		}),
	}
}
