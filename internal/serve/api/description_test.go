package api_test

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/serve/api"
)

var update = flag.Bool("update", false, "write the description that the pages are generated from")

// TestDescription_isThatOfThePages holds the pages to the API that there is: their client is generated from the file.
func TestDescription_isThatOfThePages(t *testing.T) {
	a := api.New(api.Config{Now: time.Now, Logger: slog.New(slog.DiscardHandler), Origins: []string{"http://localhost:8080"}})
	got, err := a.Description()
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("..", "..", "..", "web", "shared", "openapi.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("web/shared/openapi.json is not what the API is: run go test ./internal/serve/api -run Description -update, then npm run openapi in web")
	}
}
