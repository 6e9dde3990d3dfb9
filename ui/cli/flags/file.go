package flags

import (
	"fmt"
	"io"
	"os"

	"autoscale-lab/lab"
)

// Open opens a file of the user's for reading.
func Open(field, path string) (io.ReadCloser, os.FileInfo, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, nil, &lab.InputError{Field: field, Value: path, Want: "a file that can be read: " + Reason(err)}
	}
	info, err := in.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("it is a folder")
	}
	if err != nil {
		in.Close()
		return nil, nil, &lab.InputError{Field: field, Value: path, Want: "a file that can be read: " + Reason(err)}
	}
	return in, info, nil
}

// Reason is an error without the path, which has been said.
func Reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}
