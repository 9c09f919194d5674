package serve

import (
	"testing"

	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	m.Run()
}
