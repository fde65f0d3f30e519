package model

import "testing"

// TestSDKWords wants a word for every constant of hosting by SDKs.
func TestSDKWords(t *testing.T) {
	for k := SDKBind; k < sdkKindEnd; k++ {
		if k.String() == "?" {
			t.Errorf("kind %d has no word", k)
		}
	}
	for c := WhyBind; c < sdkCodeEnd; c++ {
		if c.String() == "?" {
			t.Errorf("code %d has no word", c)
		}
	}
	names := &Names{Nodes: []string{"", "rtr1"}}
	if id := NewSDKTermID(1, 2, 3); !id.SDK() || id.Router() != 1 || names.Name(ClassTerm, uint64(id)) != "rtr1.2#s3" {
		t.Errorf("id %d is called %s", id, names.Name(ClassTerm, uint64(id)))
	}
	if NewTermID(1, 2, 3).SDK() {
		t.Error("a router's own terminator is not an SDK's")
	}
}
