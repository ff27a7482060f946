package pos

import (
	"fmt"
	"slices"
)

// Hardware is the state of the machine, which here is played: a test, the menu or the command line sets it. The
// zero value is a sound machine on mains power.
type Hardware struct {
	OnBattery   bool   `json:"on_battery,omitempty"`
	Battery     int    `json:"battery,omitempty"`     // percent, looked at on battery only
	Printer     string `json:"printer,omitempty"`     // "" or a word of [PrinterWords]
	ReaderWear  int    `json:"reader_wear,omitempty"` // percent of the reader's life
	PINPadFault bool   `json:"pin_pad_fault,omitempty"`
	Tampered    bool   `json:"tampered,omitempty"`
	Signal      string `json:"signal,omitempty"` // "", "weak" or "none"
}

// PrinterWords returns what can be wrong with the printer.
func PrinterWords() []string { return []string{"paper_out", "near_end", "cover_open", "overheated"} }

// Levels of the battery in percent: below the first the terminal warns, below the second it sells nothing.
const (
	batteryLow   = 20
	batteryEmpty = 5
)

// readerWorn is from where on a card reader should be replaced, in percent of its life.
const readerWorn = 90

// Errors of a machine that must not be used.
var (
	ErrTampered = refuse("终端被拆动，密钥已清除：停止使用并联系收单机构", "the terminal was opened and its keys are gone: stop using it and call the acquirer")
	ErrBattery  = refuse("电量过低：请接上电源", "the battery is almost empty: connect the power")
	ErrPINPad   = refuse("密码键盘故障：不能输入密码", "the PIN pad is out of order: no PIN can be entered")
	ErrPrinter  = refuse("打印机缺纸或盖打开", "the printer is out of paper or open")
	ErrNoSignal = refuse("没有网络信号：请检查网络", "there is no network signal: check the network")
)

// Hardware returns the state of the machine.
func (t *Terminal) Hardware() Hardware {
	if t.mem.Hardware == nil {
		return Hardware{}
	}
	return *t.mem.Hardware
}

// SetHardware plays a state of the machine. A terminal that was opened loses its working keys and gets no others
// before its master key is loaded again or, as only a play allows, it was never opened.
func (t *Terminal) SetHardware(h Hardware) error {
	if h.Battery < 0 || h.Battery > 100 || h.ReaderWear < 0 || h.ReaderWear > 100 {
		return refuse("百分数应为 0 到 100", "a percentage is 0 to 100")
	}
	if h.Printer != "" && !slices.Contains(PrinterWords(), h.Printer) {
		return refuse("未知的打印机状态", fmt.Sprintf("unknown state of the printer %q, use one of %v", h.Printer, PrinterWords()))
	}
	if h.Signal != "" && h.Signal != "weak" && h.Signal != "none" {
		return refuse("信号应为 weak 或 none", "a signal is weak or none")
	}
	t.mem.Hardware = &h
	if h.Tampered {
		t.keys = workingKeys{}
		t.mem.WorkingKeys, t.mem.SignedIn = nil, false
	}
	return t.save()
}

// CanPrint reports why the printer prints nothing, nil when it does.
func (t *Terminal) CanPrint() error {
	if word := t.Hardware().Printer; word == "paper_out" || word == "cover_open" {
		return ErrPrinter
	}
	return nil
}

// sound reports whether the machine may be used for a transaction.
func (t *Terminal) sound() error {
	switch h := t.Hardware(); {
	case t.config.Unchecked:
		return nil
	case h.Tampered:
		return ErrTampered
	case h.OnBattery && h.Battery < batteryEmpty:
		return ErrBattery
	}
	return nil
}
