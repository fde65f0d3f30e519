package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Reason is what a file error says beside the operation and the path, which a message has in its own words, and what to
// do about it where that is always the same.
func Reason(err error) error {
	err = bare(err)
	switch {
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w (name a place on another)", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (ask for access, or name another place)", err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w (make room, or name another place)", err)
	}
	return err
}

// bare strips the operation and path from a file error.
func bare(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	if l := (*os.LinkError)(nil); errors.As(err, &l) {
		return l.Err
	}
	return err
}
