package alarm

import (
	"os"
	"testing"

	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	os.Exit(m.Run())
}
