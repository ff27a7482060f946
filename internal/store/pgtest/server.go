package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "yifen"          // owner of every database of the server
	readyMax  = 60 * time.Second // from starting the process to its first answer; a crash recovery is within
	stopMax   = 30 * time.Second // an orderly stop, after which the server is killed
	pollEvery = 20 * time.Millisecond
	attempts  = 6 // starts tried: a port may be taken, or memory of a killed server not be free yet
)

// settings are the server's parameters. They are small, so that several servers fit on a laptop, and leave
// durability as it is in production.
var settings = []string{
	"listen_addresses=127.0.0.1",
	"unix_socket_directories=", // paths of sockets are limited to about 100 bytes, a temporary folder is not
	"max_connections=100",
	"shared_buffers=64MB",
	"fsync=on",
	"synchronous_commit=on",
	"full_page_writes=on",
	"timezone=UTC",
	"log_timezone=UTC",
	"log_min_messages=warning",
}

// Server is a private PostgreSQL server. Its methods may be called from several goroutines.
type Server struct {
	bin       string // folder of the binaries
	dir       string // holds data/, log and password
	temporary bool   // dir is ours to remove
	password  string
	port      int
	settings  []string
	owner     *owner

	mu       sync.Mutex
	process  *process // nil while the server is down
	watchdog io.WriteCloser
}

// process is one run of the server.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is gone
}

// Start starts a server in dir and returns once it answers. An empty dir means a temporary one, removed at
// Stop; a dir that already holds a server's data is used again. More settings, as "name=value", override
// the small ones that a test needs. When the caller is root, dir is given to the user postgres, who must
// be able to reach it.
func Start(dir string, more ...string) (*Server, error) {
	bin, err := install(places)
	if err != nil {
		return nil, err
	}
	owner, err := newOwner()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, settings: append(settings[:len(settings):len(settings)], more...), owner: owner}
	if err := s.prepare(dir); err != nil {
		return nil, errors.Join(err, s.discard())
	}
	if err := s.watch(); err != nil {
		return nil, errors.Join(err, s.discard())
	}
	if err := s.launch(true); err != nil {
		return nil, errors.Join(err, s.watchdog.Close(), s.discard())
	}
	return s, nil
}

// DSN returns the address of the database of that name, which Create made.
func (s *Server) DSN(name string) string {
	return (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + name,
		RawQuery: "sslmode=disable",
	}).String()
}

// empty is the template of an empty database: not template1, because a connection left open on that would refuse
// the copy.
const empty = "template0"

// Create makes an empty database and returns its address.
func (s *Server) Create(ctx context.Context, name string) (string, error) {
	return s.copy(ctx, name, empty)
}

// copy makes a database like the template, which nobody may be connected to, and returns its address.
func (s *Server) copy(ctx context.Context, name, template string) (string, error) {
	sql := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() + " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	if err := s.exec(ctx, sql); err != nil {
		return "", fmt.Errorf("create database %s: %w", name, err)
	}
	return s.DSN(name), nil
}

// Drop removes a database, and the connections to it. A database that is not there is no error.
func (s *Server) Drop(ctx context.Context, name string) error {
	sql := "DROP DATABASE IF EXISTS " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"
	if err := s.exec(ctx, sql); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// Kill ends every process of the server with SIGKILL, as a crash of the machine's software would, and
// returns when the server is gone. The data stays; Restart recovers it. A server that is down stays down.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kill()
}

// Restart starts the server again on the same data and the same port, after Kill or while it runs, and
// returns once it answers.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchdog == nil {
		return errors.New("restart PostgreSQL: the server was stopped; start a new one")
	}
	if err := s.shut(); err != nil {
		return err
	}
	return s.launch(false)
}

// Stop shuts the server down in order and removes its directory if that was temporary. A second Stop does
// nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchdog == nil {
		return nil
	}
	err := errors.Join(s.shut(), s.watchdog.Close(), s.discard())
	s.watchdog = nil
	return err
}

// prepare makes the directory and, unless it holds one already, the database cluster.
func (s *Server) prepare(dir string) error {
	var err error
	if dir == "" {
		s.temporary = true
		if dir, err = os.MkdirTemp("", "yifen-postgres-"); err != nil {
			return fmt.Errorf("make a directory for PostgreSQL: %w", err)
		}
	} else if err = os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory for PostgreSQL: %w", err)
	}
	if s.dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("find the directory for PostgreSQL: %w", err)
	}
	if err := s.owner.give(s.dir); err != nil {
		return fmt.Errorf("give %s to the user who runs PostgreSQL: %w", s.dir, err)
	}
	secret := filepath.Join(s.dir, "password")
	if _, err := os.Stat(filepath.Join(s.dir, "data", "PG_VERSION")); err == nil {
		text, err := os.ReadFile(secret)
		if err != nil {
			return fmt.Errorf("read the password of the server in %s: %w", s.dir, err)
		}
		s.password = strings.TrimSpace(string(text))
		return nil
	}
	s.password = rand.Text()
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the password of the server: %w", err)
	}
	if err := s.owner.give(secret); err != nil {
		return fmt.Errorf("give %s to the user who runs PostgreSQL: %w", secret, err)
	}
	// What initdb writes is not worth a wait for the disk: a crash this early starts over.
	cmd := s.command(context.Background(), filepath.Join(s.bin, "initdb"), "--pgdata=data", "--username="+superuser,
		"--pwfile=password", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the PostgreSQL data in %s, which the user who runs it must be able to reach: %w\n%s",
			s.dir, err, out)
	}
	return nil
}

// watchScript reads the id of each run of the server, an empty line when it is down. At the end of its
// input the owner is gone: it stops the last run at once (SIGQUIT), waits for it up to five seconds, and
// removes the directory when it was given one.
const watchScript = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
	n=0
	while [ $n -lt 50 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; n=$((n+1)); done
fi
if [ -n "$1" ]; then rm -rf -- "$1"; fi
`

// watch starts the shell that outlives this process and cleans up after it.
func (s *Server) watch() error {
	remove := ""
	if s.temporary {
		remove = s.dir
	}
	cmd := s.command(context.Background(), "/bin/sh", "-c", watchScript, "sh", remove)
	cmd.Dir = "/"
	input, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("watch over PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("watch over PostgreSQL: %w", err)
	}
	go func() { _ = cmd.Wait() }() // reaps it; how it ends tells nothing
	s.watchdog = input
	return nil
}

// launch starts the server and waits until it answers. A fresh server takes any free port; a restarted
// one keeps its own, since its clients know it.
func (s *Server) launch(fresh bool) error {
	var err error
	for attempt := range attempts {
		if attempt > 0 {
			<-time.After(pollEvery << attempt)
		}
		if fresh {
			if s.port, err = freePort(); err != nil {
				return fmt.Errorf("find a port for PostgreSQL: %w", err)
			}
		}
		if err = s.run(); err == nil {
			return nil
		}
	}
	return err
}

// run starts one process and waits until it answers or ends.
func (s *Server) run() error {
	logPath := filepath.Join(s.dir, "log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of PostgreSQL: %w", err)
	}
	defer log.Close()
	args := []string{"-D", "data", "-p", strconv.Itoa(s.port)}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	cmd := s.command(context.Background(), filepath.Join(s.bin, "postgres"), args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // a killed server ends with an error, which is what was asked for
		close(p.ended)
	}()
	s.process = p
	if err := s.tell(strconv.Itoa(cmd.Process.Pid)); err != nil {
		return errors.Join(err, s.kill())
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyMax)
	defer cancel()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		err := s.exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			s.process = nil
			return errors.Join(fmt.Errorf("PostgreSQL ended at once, see its log:\n%s", tail(logPath)), s.tell(""))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait for PostgreSQL to answer: %w", err), s.kill())
		case <-poll.C:
		}
	}
}

// shut stops the server in order, if it runs: clients are disconnected, a checkpoint is written.
func (s *Server) shut() error {
	if s.process == nil {
		return nil
	}
	if err := s.process.cmd.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-s.process.ended:
		s.process = nil
		return s.tell("")
	case <-time.After(stopMax):
		return errors.Join(errors.New("PostgreSQL did not stop in time and was killed"), s.kill())
	}
}

func (s *Server) kill() error {
	if s.process == nil {
		return nil
	}
	if err := killFamily(s.process.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-s.process.ended
	s.process = nil
	return s.tell("")
}

// tell gives the watchdog the id of the server's process, or "" when it is down.
func (s *Server) tell(pid string) error {
	if _, err := io.WriteString(s.watchdog, pid+"\n"); err != nil {
		return fmt.Errorf("tell the watchdog of PostgreSQL: %w", err)
	}
	return nil
}

// discard removes a temporary directory.
func (s *Server) discard() error {
	if !s.temporary {
		return nil
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove the directory of PostgreSQL: %w", err)
	}
	return nil
}

// exec runs one statement on the maintenance database over a connection of its own.
func (s *Server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// command prepares a program to run as the server's owner in its directory, in a process group of its
// own, so that an interrupt typed at the terminal reaches only us, and without our environment, whose PG…
// variables the server would heed.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = s.owner.attributes()
	return cmd
}

// freePort returns a port of the loopback interface that was free a moment ago.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// tail returns the last lines of the server's log.
func tail(path string) string {
	const linesMax = 20
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-linesMax):], []byte("\n")))
}
