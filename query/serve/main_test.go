package serve

import (
	"os"
	"testing"

	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	m.Run()
	os.RemoveAll(fixtures())
}
