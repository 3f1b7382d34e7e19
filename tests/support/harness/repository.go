package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Files are texts by path.
type Files map[string]string

// A Repository is what the service follows. Its working tree is the test's.
type Repository struct{ folder string }

// NewRepository makes one in a folder that does not exist yet.

func NewRepository(folder string) (*Repository, error) {
	repository := &Repository{folder}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	_, err := repository.git("init", "--quiet", "--initial-branch=main")
	return repository, err
}

// Commit makes main hold these files and no others. Returns the commit.
func (r *Repository) Commit(files Files) (string, error) {
	if _, err := r.git("rm", "--quiet", "-r", "--force", "--ignore-unmatch", "."); err != nil {
		return "", err
	}
	for path, text := range files {
		file := filepath.Join(r.folder, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	if _, err := r.git("add", "--all"); err != nil {
		return "", err
	}
	if _, err := r.git("commit", "--quiet", "--allow-empty", "--message", "change"); err != nil {
		return "", err
	}
	commit, err := r.git("rev-parse", "HEAD")
	return strings.TrimSpace(commit), err
}

func (r *Repository) git(arguments ...string) (string, error) {
	command := exec.Command("git", append([]string{"-C", r.folder, "-c", "user.name=test", "-c",
		"user.email=test@example.org", "-c", "gc.auto=0", "-c", "commit.gpgsign=false"}, arguments...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", arguments[0], err, output)
	}
	return string(output), nil
}
