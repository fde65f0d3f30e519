package scenarios

// Entry is a file of the corpus: a minimised failure.
type Entry struct {
	Name      string // of the file, without folder and extension
	Version   int    // of the format
	Algorithm string
	Bugs      string
	Seed      string
	Property  string // violated: a contract
	Rung      string
	Class     string
	Digest    uint64 // a tripwire
	Found     string // how it was found
	Why       string // how it comes about
	Plan      *Plan  // authoritative
	Trace     []string
}

// ParseEntry reads a corpus file. name is the file's name, for errors.
func ParseEntry(name, text string) (*Entry, error) { return nil, nil }

// String prints the entry in its one canonical form. ParseEntry reads it back to an equal entry.
func (e *Entry) String() string { return "" }

// Bucket returns the bucket the entry was saved for.
func (e *Entry) Bucket() Bucket { return Bucket{e.Property, e.Rung, e.Class, e.Algorithm} }

// NewEntry makes an entry of a finding. Trace is left empty: the caller has the means to make it.
func NewEntry(o *Outcome, b Bucket, found string) (*Entry, error) { return nil, nil }
