package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/web"
)

// NewLogger returns the structured logger that a configuration asks for, on standard error.
func NewLogger(c Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Get("log-level"))); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Get("log-format") == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, options))
}

func loadZone(name string) (*time.Location, error) {
	if name == "Asia/Shanghai" {
		return calendar.Shanghai, nil
	}
	return time.LoadLocation(name)
}

// memberKey brings the key that the card network and we share into the hsm.
func (a *App) memberKey(c Config) ([]byte, error) {
	clear, err := hex.DecodeString(c.Get("cardnet-zmk"))
	if err != nil {
		return nil, errors.New("cardnet-zmk: must be 32 hex digits")
	}
	wrapped, _, err := a.HSM.LoadMaster(clear)
	if err != nil {
		return nil, fmt.Errorf("cardnet-zmk: %w", err)
	}
	return wrapped, nil
}

func (a *App) startWeb() error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.Metrics, promhttp.HandlerOpts{}))
	for _, path := range []string{"/v1/", "/notify/", "/openapi.json", "/openapi.yaml", "/docs", "/docs/"} {
		mux.Handle(path, a.API)
	}
	site, err := web.New()
	if err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	for _, prefix := range site.Prefixes() {
		mux.Handle(prefix, site)
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/portal/", http.StatusSeeOther))
	a.web = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	a.web.RegisterOnShutdown(a.API.Close)
	go func() {
		if err := a.web.Serve(a.HTTP); err != nil && !errors.Is(err, http.ErrServerClosed) {
			a.options.Logger.Error("web", "error", err)
		}
	}()
	a.onStop(func(ctx context.Context) { a.web.Shutdown(ctx) })
	return nil
}

// ready tells whether terminals can be served: the database answers and the card network is signed on.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	switch err := a.Store.Ping(ctx); {
	case err != nil:
		reply(w, http.StatusServiceUnavailable, "the database does not answer")
	case !a.Rail.Ready():
		reply(w, http.StatusServiceUnavailable, "the card network is not signed on")
	default:
		reply(w, http.StatusOK, "ready")
	}
}

func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"status": text})
}
