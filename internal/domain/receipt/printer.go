package receipt

// PrinterStatus is what a printer says about itself, in the words of the product.
type PrinterStatus string

// The states of a printer. PrinterUnknown means that nobody answered, which is not PrinterOK.
const (
	PrinterOK         PrinterStatus = "ok"
	PrinterPaperLow   PrinterStatus = "paper_low"
	PrinterNoPaper    PrinterStatus = "no_paper"
	PrinterPaperJam   PrinterStatus = "paper_jam"
	PrinterCoverOpen  PrinterStatus = "cover_open"
	PrinterHeadHot    PrinterStatus = "head_hot"
	PrinterMotorHot   PrinterStatus = "motor_hot"
	PrinterOutOfOrder PrinterStatus = "out_of_order"
	PrinterUnknown    PrinterStatus = "unknown"
)

var printerWords = map[PrinterStatus]label{
	PrinterOK:         {"打印机正常", "printer ready"},
	PrinterPaperLow:   {"纸张将尽", "paper is running low"},
	PrinterNoPaper:    {"缺纸", "out of paper"},
	PrinterPaperJam:   {"卡纸", "paper jam"},
	PrinterCoverOpen:  {"纸仓盖未关", "cover is open"},
	PrinterHeadHot:    {"打印头过热", "print head is too hot"},
	PrinterMotorHot:   {"电机过热", "motor is too hot"},
	PrinterOutOfOrder: {"打印机故障", "printer is out of order"},
	PrinterUnknown:    {"打印机无应答", "printer does not answer"},
}

// Known reports whether s is one of the constants.
func (s PrinterStatus) Known() bool { _, ok := printerWords[s]; return ok }

// Printable reports whether a job sent now can be expected on paper.
func (s PrinterStatus) Printable() bool { return s == PrinterOK || s == PrinterPaperLow }

// Describe says s to a cashier.
func (s PrinterStatus) Describe(lang Lang) string {
	w, ok := printerWords[s]
	if !ok {
		w = printerWords[PrinterUnknown]
	}
	if lang == English {
		return w.en
	}
	return w.zh
}
