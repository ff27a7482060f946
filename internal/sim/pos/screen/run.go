package screen

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Model is a device in a terminal window.
type Model struct {
	device         *Device
	ctx            context.Context
	columns, lines int

	mu     sync.Mutex
	closed bool // no job begins any more
	jobs   sync.WaitGroup
}

// NewModel returns the model of a device; its jobs run under ctx.
func NewModel(ctx context.Context, d *Device) *Model {
	return &Model{device: d, ctx: ctx, columns: 80, lines: 24}
}

// tick is a second that passed.
type tick time.Time

// ended is a job that came to its end.
type ended struct{ finish Finish }

// Init switches the device on.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.run(m.device.Start()), second()) }

func second() tea.Cmd { return tea.Tick(time.Second, func(at time.Time) tea.Msg { return tick(at) }) }

// run is a job as a command.
func (m *Model) run(job Job) tea.Cmd {
	if job == nil {
		return nil
	}
	return func() tea.Msg {
		m.mu.Lock()
		if m.closed {
			m.mu.Unlock()
			return nil
		}
		m.jobs.Add(1)
		m.mu.Unlock()
		defer m.jobs.Done()
		return ended{job(m.ctx)}
	}
}

// Close lets no job begin any more and waits for the one under way, which has the terminal in its hands.
func (m *Model) Close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.jobs.Wait()
}

// aliases are keys of the keyboard that the device knows by another name.
var aliases = map[string]string{"kpenter": "enter", "delete": "backspace", "ctrl+h": "backspace", "ctrl+m": "enter"}

// Update hands keys, ticks and the ends of jobs to the device.
func (m *Model) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		m.columns, m.lines = message.Width, message.Height
		return m, nil
	case tick:
		return m, tea.Batch(m.run(m.device.Tick()), second())
	case ended:
		return m, m.run(m.device.Finish(message.finish))
	case tea.PasteMsg: // a scanner that types all at once
		for _, r := range message.Content {
			m.device.Press(string(r))
		}
		return m, nil
	case tea.KeyPressMsg:
		key := message.String()
		if key == "ctrl+c" {
			return m, tea.Quit
		}
		if alias, is := aliases[key]; is {
			key = alias
		}
		job := m.device.Press(key)
		if m.device.Quit() {
			return m, tea.Quit
		}
		return m, m.run(job)
	}
	return m, nil
}

// View draws the device in the middle of the window.
func (m *Model) View() tea.View {
	view := tea.NewView(m.device.Window(m.columns, m.lines))
	view.AltScreen = true
	view.WindowTitle = "yifen POS"
	return view
}

// Run shows the device in the window of this program until it is switched off or ctx ends.
func Run(ctx context.Context, c Config) error {
	working, cancel := context.WithCancel(ctx)
	m := NewModel(working, New(c))
	_, err := tea.NewProgram(m, tea.WithContext(ctx)).Run()
	cancel() // a request under way is given up; what is pending is reversed at the next start
	m.Close()
	if ctx.Err() != nil { // the program was told to end
		return nil
	}
	return err
}
