package pos

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Part is what a finding is about, as the status upload numbers it.
type Part uint8

// The parts.
const (
	PartPrinter Part = iota + 1
	PartReader
	PartPINPad
	PartPower
	PartTamper
	PartNetwork
	PartClock
	PartKeys
	PartParameters
	PartVersion
)

var partNames = map[Part]Text{
	PartPrinter: {"打印机", "printer"}, PartReader: {"读卡器", "card reader"}, PartPINPad: {"密码键盘", "PIN pad"},
	PartPower: {"电源", "power"}, PartTamper: {"防拆", "tamper"}, PartNetwork: {"网络", "network"},
	PartClock: {"时钟", "clock"}, PartKeys: {"密钥", "keys"}, PartParameters: {"参数", "parameters"},
	PartVersion: {"版本", "version"},
}

// Name returns what the part is called.
func (p Part) Name() Text { return partNames[p] }

// State is how bad a finding is.
type State uint8

// The states.
const (
	Good State = iota
	Warning
	Blocks // no sale is possible, or none should be made
)

// String returns the state's word.
func (s State) String() string { return [...]string{"good", "warning", "blocks"}[s] }

// MarshalText returns the state's word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one thing that the terminal found about itself.
type Finding struct {
	Part  Part   `json:"part"`
	State State  `json:"state"`
	Word  string `json:"word"` // a code word in ASCII, for programs
	What  Text   `json:"what"`
	Do    Text   `json:"do,omitzero"`
}

// Version is the version of the terminal's program.
const Version = "1.0.0"

// Age limits of what a terminal holds, and the clock's tolerance.
const (
	parametersOld = 90 * 24 * time.Hour
	clockDrift    = 5 * time.Minute
)

// Examine looks at the terminal without asking the network.
func (t *Terminal) Examine() []Finding {
	return slices.Concat(
		t.examinePrinter(), t.examineReader(), t.examinePower(), t.examineTamper(), t.examineKeys(), t.examineParameters(),
		[]Finding{{Part: PartVersion, Word: Version, What: Text{"程序版本 " + Version, "program version " + Version}}},
	)
}

func one(part Part, state State, word string, what, do Text) []Finding {
	return []Finding{{Part: part, State: state, Word: word, What: what, Do: do}}
}

func (t *Terminal) examinePrinter() []Finding {
	switch word := t.Hardware().Printer; word {
	case "paper_out":
		return one(PartPrinter, Blocks, word, Text{"打印机缺纸", "the printer is out of paper"},
			Text{"装入新纸卷，再重打印上一张", "put in a new roll, then reprint the last slip"})
	case "near_end":
		return one(PartPrinter, Warning, word, Text{"纸快用完", "the paper is near its end"}, Text{"准备新纸卷", "have a new roll ready"})
	case "cover_open":
		return one(PartPrinter, Blocks, word, Text{"打印机盖未合上", "the printer's cover is open"}, Text{"合上纸仓盖", "close it"})
	case "overheated":
		return one(PartPrinter, Warning, word, Text{"打印头过热", "the print head is too hot"}, Text{"等几分钟再打印", "wait some minutes before printing"})
	}
	return one(PartPrinter, Good, "ok", Text{"打印机正常", "the printer is ready"}, Text{})
}

func (t *Terminal) examineReader() []Finding {
	h := t.Hardware()
	reader := one(PartReader, Good, "ok", Text{"读卡器正常", "the card reader works"}, Text{})
	if h.ReaderWear >= readerWorn {
		reader = one(PartReader, Warning, "worn",
			Text{fmt.Sprintf("读卡器已用寿命 %d%%", h.ReaderWear), fmt.Sprintf("the card reader has used %d%% of its life", h.ReaderWear)},
			Text{"报修更换读卡器", "have it replaced"})
	}
	pad := one(PartPINPad, Good, "ok", Text{"密码键盘正常", "the PIN pad works"}, Text{})
	if h.PINPadFault {
		pad = one(PartPINPad, Blocks, "fault", Text{"密码键盘故障", "the PIN pad is out of order"},
			Text{"重新连接密码键盘，仍不行请报修", "connect it again, else have it repaired"})
	}
	return append(reader, pad...)
}

func (t *Terminal) examinePower() []Finding {
	h := t.Hardware()
	level := fmt.Sprintf("%d%%", h.Battery)
	switch {
	case !h.OnBattery:
		return one(PartPower, Good, "mains", Text{"外接电源", "on mains power"}, Text{})
	case h.Battery < batteryEmpty:
		return one(PartPower, Blocks, "empty", Text{"电量 " + level + "，不能交易", "battery at " + level + ": nothing can be sold"},
			Text{"接上电源", "connect the power"})
	case h.Battery < batteryLow:
		return one(PartPower, Warning, "low", Text{"电量低 " + level, "battery low, " + level}, Text{"尽快接上电源", "connect the power soon"})
	}
	return one(PartPower, Good, "battery", Text{"电池供电 " + level, "on battery, " + level}, Text{})
}

func (t *Terminal) examineTamper() []Finding {
	if t.Hardware().Tampered {
		return one(PartTamper, Blocks, "opened", Text{"终端被拆动过，密钥已清除", "the terminal was opened and its keys are gone"},
			Text{"停止使用，联系收单机构更换", "stop using it and have the acquirer replace it"})
	}
	return one(PartTamper, Good, "sealed", Text{"机身完好", "the case is sealed"}, Text{})
}

func (t *Terminal) examineKeys() []Finding {
	master := t.masterCheck()
	switch {
	case t.tmk == nil:
		return one(PartKeys, Blocks, "no_master", Text{"没有主密钥", "no master key"},
			Text{"装载主密钥，或远程获取", "load the master key, or fetch it"})
	case t.keys.mac == nil:
		return one(PartKeys, Blocks, "none",
			Text{"没有工作密钥（主密钥校验值 " + master + "）", "no working keys (master key " + master + ")"},
			Text{"签到；仍不行请核对主密钥校验值", "sign in; if that fails compare the check value of the master key"})
	case !t.mem.SignedIn:
		return one(PartKeys, Warning, "signed_off", Text{"未签到", "not signed in"}, Text{"签到", "sign in"})
	}
	check := func(name string, k interface{ CheckValue() []byte }) string {
		return name + " " + strings.ToUpper(hex.EncodeToString(k.CheckValue()))
	}
	values := check("TMK", t.tmk) + ", " + check("PIK", t.keys.pin) + ", " + check("MAK", t.keys.mac)
	if t.keys.track != nil {
		values += ", " + check("TDK", t.keys.track)
	}
	return one(PartKeys, Good, "ok", Text{"密钥校验值 " + values, "key check values " + values}, Text{})
}

func (t *Terminal) examineParameters() []Finding {
	p := &t.mem.Params
	at := p.LoadedAt[TerminalParameters]
	advice := Text{"在管理菜单下载参数", "download the parameters from the management menu"}
	switch {
	case at.IsZero():
		return one(PartParameters, Warning, "none", Text{"从未下载参数，使用默认值", "no parameters were ever downloaded: defaults hold"}, advice)
	case t.now().Sub(at) > parametersOld:
		return one(PartParameters, Warning, "old", Text{"参数已过期，下载于 " + at.Format("2006-01-02"), "the parameters are old, of " + at.Format("2006-01-02")}, advice)
	}
	if len(t.mem.Due) > 0 {
		return one(PartParameters, Warning, "due", Text{"主机要求更新：" + dueNames(t.mem.Due).ZH, "the host asks for updates: " + dueNames(t.mem.Due).EN}, advice)
	}
	return one(PartParameters, Good, "ok", Text{"参数下载于 " + at.Format("2006-01-02"), "parameters of " + at.Format("2006-01-02")}, Text{})
}

func dueNames(due []Download) Text {
	var zh, en []string
	for _, d := range due {
		zh, en = append(zh, d.Name().ZH), append(en, d.Name().EN)
	}
	return Text{strings.Join(zh, "、"), strings.Join(en, ", ")}
}

// Diagnosis is what the doctor says of a terminal.
type Diagnosis struct {
	Findings []Finding    `json:"findings"`
	Network  NetworkStats `json:"network"`
}

// Blocked reports whether something forbids sales.
func (d Diagnosis) Blocked() bool {
	return slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.State == Blocks })
}

// NetworkStats are the figures of the way to the host, in milliseconds.
type NetworkStats struct {
	Local    string    `json:"local,omitempty"` // our address and port
	Host     string    `json:"host"`
	Resolved []string  `json:"resolved,omitempty"`
	Resolve  float64   `json:"resolve_ms"`
	Connect  float64   `json:"connect_ms"`
	Echoes   int       `json:"echoes"` // sent
	Lost     int       `json:"lost"`
	Round    []float64 `json:"round_ms,omitempty"`
	Mean     float64   `json:"mean_ms"`
	Jitter   float64   `json:"jitter_ms"` // mean difference of one echo to the next
	TLS      string    `json:"tls,omitempty"`
}

// slow is from where on a connection or an answer of an echo is worth a word, in milliseconds.
const slow = 2000

// Diagnose examines the terminal, then the way to the host by echoes: names, connection, loss, jitter, TLS, the
// backup network and the host's clock. It takes as long as the host does; with none there, the connect timeout.
func (t *Terminal) Diagnose(ctx context.Context, echoes int) Diagnosis {
	d := Diagnosis{Findings: t.Examine(), Network: NetworkStats{Host: t.mem.Address}}
	if t.Training() {
		return d
	}
	switch t.Hardware().Signal {
	case "none":
		d.add(PartNetwork, Blocks, "no_signal", ErrNoSignal.(*Refusal).Text, Text{"检查网线、Wi-Fi 或 SIM 卡", "check the cable, the Wi-Fi or the SIM card"})
		return d
	case "weak":
		d.add(PartNetwork, Warning, "weak_signal", Text{"信号弱", "the signal is weak"}, Text{"移到信号好的地方", "move to a better place"})
	}
	if t.examineRoute(ctx, &d) {
		t.examineEchoes(ctx, &d, max(1, echoes))
	}
	t.examineBackup(ctx, &d)
	t.route = nil
	for _, f := range d.Findings {
		if f.Part == PartNetwork || f.Part == PartClock {
			t.route = append(t.route, f)
		}
	}
	slices.SortStableFunc(d.Findings, func(a, b Finding) int { return cmp.Compare(a.Part, b.Part) })
	return d
}

func (d *Diagnosis) add(part Part, state State, word string, what, do Text) {
	d.Findings = append(d.Findings, Finding{Part: part, State: state, Word: word, What: what, Do: do})
}

// examineRoute resolves the host's name and connects once. It reports whether there is a way.
func (t *Terminal) examineRoute(ctx context.Context, d *Diagnosis) bool {
	host, port, err := net.SplitHostPort(t.mem.Address)
	if err != nil {
		d.add(PartNetwork, Blocks, "no_address", Text{"主机地址缺失或不完整", "the host's address is missing or incomplete"},
			Text{"在管理菜单设置 主机:端口", "set it as host:port"})
		return false
	}
	start := time.Now()
	names, err := net.DefaultResolver.LookupHost(ctx, host)
	d.Network.Resolve, d.Network.Resolved = milliseconds(start), names
	if err != nil {
		d.add(PartNetwork, Blocks, "no_name", Text{"域名解析失败：" + host, "the name cannot be resolved: " + host},
			Text{"检查 DNS 设置和主机名", "check the name and the DNS settings"})
		return false
	}
	start = time.Now()
	conn, err := t.link.dial(ctx, t.mem.Address)
	d.Network.Connect = milliseconds(start)
	if err != nil {
		d.add(PartNetwork, Blocks, "no_connection", Text{"连不上主机 " + host + " 端口 " + port, "no connection to " + host + " port " + port},
			Text{"检查网络、防火墙、主机是否运行、是否需要 TLS", "check the network, the firewall, that the host runs, and whether it wants TLS"})
		return false
	}
	d.Network.Local = conn.LocalAddr().String()
	t.examineTLS(d, conn)
	conn.Close()
	what := fmt.Sprintf("%s, %.0f ms", d.Network.Local, d.Network.Connect)
	if d.Network.Connect > slow {
		d.add(PartNetwork, Warning, "slow_connect", Text{"连接慢：" + what, "the connection is slow: " + what}, Text{"换用另一网络", "use another network"})
		return true
	}
	d.add(PartNetwork, Good, "connected", Text{"已连接主机，本机 " + what, "connected to the host from " + what}, Text{})
	return true
}

// certificateSoon is how long before its end the host's certificate is worth a word.
const certificateSoon = 30 * 24 * time.Hour

// examineTLS looks at how the connection is protected.
func (t *Terminal) examineTLS(d *Diagnosis, conn net.Conn) {
	d.Network.TLS = describeTLS(conn)
	secure, ok := conn.(*tls.Conn)
	host, _, _ := net.SplitHostPort(t.mem.Address)
	if ip := net.ParseIP(host); !ok {
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			d.add(PartNetwork, Warning, "plain", Text{"与主机的连接未加密", "the connection to the host is not encrypted"},
				Text{"向收单机构索取 TLS 端口", "ask the acquirer for a TLS port"})
		}
		return
	}
	for _, c := range secure.ConnectionState().PeerCertificates {
		if left := c.NotAfter.Sub(t.now()); left < certificateSoon {
			day := c.NotAfter.Format("2006-01-02")
			d.add(PartNetwork, Warning, "certificate", Text{"主机证书将于 " + day + " 到期", "the host's certificate ends on " + day},
				Text{"通知收单机构更换证书", "tell the acquirer"})
			return
		}
	}
	d.add(PartNetwork, Good, "tls", Text{"连接已加密 " + d.Network.TLS, "encrypted, " + d.Network.TLS}, Text{})
}

// describeTLS returns version and certificate of a TLS connection, "" of a plain one.
func describeTLS(conn net.Conn) string {
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return ""
	}
	state := secure.ConnectionState()
	text := tls.VersionName(state.Version)
	if len(state.PeerCertificates) > 0 {
		text += ", certificate until " + state.PeerCertificates[0].NotAfter.Format("2006-01-02")
	}
	return text
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

// examineEchoes asks the host n times whether it is there, and compares clocks.
func (t *Terminal) examineEchoes(ctx context.Context, d *Diagnosis, n int) {
	s := &d.Network
	var said Outcome
	var last error
	for range n {
		start := time.Now()
		o, err := t.Echo(ctx)
		if s.Echoes++; err != nil {
			s.Lost++
			last = err
			continue
		}
		said = o
		s.Round = append(s.Round, milliseconds(start))
	}
	s.summarize()
	switch {
	case s.Lost == n:
		d.add(PartNetwork, Blocks, "no_echo", Text{"主机不应答", "the host does not answer"},
			Text{"核对端口、TPDU 与 TLS 设置：" + Words(last).ZH, "check port, TPDU and TLS: " + last.Error()})
		return
	case said.Code != "00":
		code := Explain(said.Code)
		d.add(PartNetwork, Blocks, "refused_"+said.Code, Text{"主机拒绝：" + said.Code + " " + code.Meaning.ZH, "the host refuses: " + said.Code + " " + code.Meaning.EN}, code.Advice)
	case s.Lost > 0:
		d.add(PartNetwork, Warning, "loss", Text{fmt.Sprintf("丢失 %d/%d 次应答", s.Lost, n), fmt.Sprintf("%d of %d echoes were lost", s.Lost, n)},
			Text{"网络不稳，换用另一网络", "the network is unstable: use another one"})
	case s.Mean > slow:
		d.add(PartNetwork, Warning, "slow", Text{fmt.Sprintf("应答慢，平均 %.0f ms", s.Mean), fmt.Sprintf("answers are slow, %.0f ms on average", s.Mean)},
			Text{"换用另一网络", "use another network"})
	default:
		d.add(PartNetwork, Good, "echo", Text{fmt.Sprintf("主机应答 %d 次，平均 %.1f ms，抖动 %.1f ms", n, s.Mean, s.Jitter),
			fmt.Sprintf("the host answered %d times, %.1f ms on average, jitter %.1f ms", n, s.Mean, s.Jitter)}, Text{})
	}
	t.examineClock(d)
}

func (s *NetworkStats) summarize() {
	for i, r := range s.Round {
		s.Mean += r / float64(len(s.Round))
		if i > 0 {
			s.Jitter += max(r-s.Round[i-1], s.Round[i-1]-r) / float64(len(s.Round)-1)
		}
	}
}

// examineClock holds the terminal's clock against F12 and F13 of the echo's answer in t.ans.
func (t *Terminal) examineClock(d *Diagnosis) {
	now := t.now()
	at, known := answerTime(&t.ans, now)
	if !known {
		d.add(PartClock, Good, "not_told", Text{"时钟 " + now.Format(clockForm) + "，主机未报时", "clock " + now.Format(clockForm) + "; the host does not tell its own"}, Text{})
		return
	}
	drift := now.Sub(at).Round(time.Second)
	if drift.Abs() > clockDrift {
		d.add(PartClock, Warning, "drift", Text{"时钟与主机相差 " + drift.String(), "the clock is " + drift.String() + " off the host's"},
			Text{"重新签到以校时", "sign in again, which sets it"})
		return
	}
	d.add(PartClock, Good, "ok", Text{"时钟 " + now.Format(clockForm), "clock " + now.Format(clockForm)}, Text{})
}

const clockForm = "2006-01-02 15:04"

func (t *Terminal) examineBackup(ctx context.Context, d *Diagnosis) {
	if t.config.Backup == "" {
		d.add(PartNetwork, Warning, "no_backup", Text{"未设置备用网络", "no backup network is set"}, Text{"如有第二网络请设置备用地址", "give a backup address if there is a second network"})
		return
	}
	conn, err := t.link.dial(ctx, t.config.Backup)
	if err != nil {
		d.add(PartNetwork, Warning, "backup_down", Text{"备用网络连不上", "the backup network does not connect"}, Text{"检查备用地址", "check the backup address"})
		return
	}
	conn.Close()
	d.add(PartNetwork, Good, "backup", Text{"备用网络可用", "the backup network works"}, Text{})
}
