package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"autoscale-lab/lab"
)

func TestAWSTarget(t *testing.T) {
	const m = time.Minute
	t.Run("three points above target, then it adds 1.5 as 2", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 3)
		g.load = 2.25 // 75 % of three
		g.pass(2 * m)
		g.now(3, "CPU 75 % > 50 % (2 of 3 points)")
		g.next("next point", m)
		g.boot = 30 * time.Second
		g.pass(m)
		g.now(5, "3 of 3 points): 3 → 5")
		g.stages("metric ratio raw clamp")
	})
	t.Run("fifteen points below 0.9 of target, then it removes 1.5 as 1", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 3)
		g.load = 0.75 // 25 % of three
		g.pass(14 * m)
		g.now(3, "CPU 25 % < 45 % (14 of 15 points)")
		g.next("earliest scale-in", m)
		g.pass(m)
		g.now(2, "3 → 2")
	})
	t.Run("between the alarms nothing happens", func(t *testing.T) {
		g := grouped(t, "aws-target", 4)
		g.load = 1.9 // 47.5 %
		if c := g.pass(time.Hour); c != nil {
			t.Errorf("changes at %v", c)
		}
		g.now(4, "CPU 47.5 % is within 45 % and 50 %")
	})
	t.Run("a spike of two minutes is none", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 2)
		g.load = 0.95
		g.pass(5 * m)
		g.load = 2
		g.pass(2 * m)
		g.load = 0.95
		g.pass(5 * m)
		g.now(2, "within")
	})
	t.Run("a dip of fourteen minutes is none", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 2)
		g.load = 0.1
		g.pass(14 * m)
		g.load = 0.95
		g.pass(m)
		g.load = 0.1
		if c := g.pass(14 * m); c != nil {
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("in goes gradually: after a removal a point passes before the next", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 8)
		g.load = 1.6 // 20 %: to 4, then 40 %: to 4 · 0.8 = 3.2, which is 4
		g.pass(15 * m)
		g.now(4, "8 → 4")
		g.pass(m)
		g.now(4, "waits for a point after the last change")
		if c := g.pass(30 * m); c != nil {
			t.Errorf("changes at %v", c)
		}
		g.now(4, "less than one to remove")
	})
	t.Run("missing data never scales, and the alarm begins anew", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 3)
		g.load = 0.3
		g.pass(14 * m)
		g.blind = true
		g.pass(20 * m)
		g.now(3, "CPU is not known")
		g.blind = false
		g.pass(14 * m)
		g.now(3, "(14 of 15 points)")
	})
	t.Run("those that warm up count as asked for", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0,high_points=1", 2)
		g.boot, g.load = 2*m, 1.6 // 80 %
		g.pass(m)
		g.now(4, "2 → 4")
		g.pass(m)
		g.now(4, "the 2 that warm up are enough")
		g.stages("warm-up metric ratio raw warm-up clamp")
		g.load = 2
		g.pass(m) // 100 % of the two warm: 4 all the same
		g.now(4, "enough")
	})
	t.Run("warming instances are out of the metric and block going in", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0,high_points=1,low_points=1,warmup=10m", 2)
		g.load = 1.6
		g.pass(m)
		g.load = 0.4
		g.pass(2 * m)
		g.now(4, "scaling in is blocked by the warm-up")
		g.next("warm-up ends", 8*m)
		g.pass(9 * m)
		if g.desired >= 4 {
			t.Errorf("still %d after the warm-up: %s", g.desired, g.last.Reason)
		}
	})
	t.Run("of instances that say nothing of when they were ready, all are warm", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0", 2)
		g.at = 0
		for i := range g.fleet {
			g.fleet[i].State = lab.Ready
		}
		g.load = 1.6
		g.pass(3 * m)
		g.now(4, "2 → 4")
	})
	t.Run("with scale_in off it stays", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0,scale_in=off", 3)
		g.load = 0.1
		g.pass(time.Hour)
		g.now(3, "scaling in is off")
	})
	t.Run("out if any metric wants out", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0,metrics=cpu/50%|rps/20", 2)
		g.load, g.rps = 0.2, 80
		g.pass(3 * m)
		g.now(4, "requests per instance 40 /s > 20 /s (3 of 3 points): 2 → 4")
	})
	t.Run("in only if all want in", func(t *testing.T) {
		g := grouped(t, "aws-target:metric_age=0,metrics=cpu/50%|rps/20", 2)
		g.load, g.rps = 0.2, 38
		g.pass(20 * m)
		g.now(2, "requests per instance 19 /s is within 18 /s and 20 /s")
		g.rps = 10
		g.pass(15 * m)
		g.now(1, "2 → 1")
	})
	t.Run("at speed 10 three points of a minute are 18 s", func(t *testing.T) {
		g := grouped(t, "aws-target", 3)
		Hasten(g.policy.(Guard).Rule, 10)
		g.load = 1.4
		g.pass(m)
		g.load = 3
		if c := g.pass(30 * time.Second); len(c) == 0 || c[0] != "1m19s" { // a point begins at 55 s, seen 6 s later
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("its figures are a minute old", func(t *testing.T) {
		g := grouped(t, "aws-target", 3)
		g.load = 1.4
		g.pass(10 * m)
		g.load = 3
		if c := g.pass(5 * m); len(c) == 0 || c[0] != "14m0s" {
			t.Errorf("changes at %v", c)
		}
	})
}

func TestAWSStep(t *testing.T) {
	const m = time.Minute
	t.Run("the documentation's group of ten, and those that warm up", func(t *testing.T) {
		g := grouped(t, "aws-step:metric_age=0,upper=50,lower=30,adjust=percent,steps=0..10/0|10..20/+10|20../+30,points=1,resolution=60s,warmup=300s", 10)
		g.load = 6
		g.pass(m)
		g.now(11, "CPU 60 % ≥ 50 % (1 of 1 points): 10 → 11")
		g.boot = m
		g.load = 6.2
		g.pass(m)
		g.now(11, "the 1 that warm up are enough")
		g.load = 7.7 // 70 % of eleven
		g.pass(m)
		g.now(13, "11 → 13")
	})
	t.Run("a step is taken once a point, while the breach lasts", func(t *testing.T) {
		g := grouped(t, "aws-step:metric_age=0,warmup=0s", 2)
		g.load = 20
		if c := g.pass(4 * m); !slices.Equal(c, []string{"2m0s", "3m0s", "4m0s"}) {
			t.Errorf("changes at %v", c)
		}
		g.now(11, "8 → 11")
	})
	t.Run("in is blocked by the warm-up", func(t *testing.T) {
		g := grouped(t, "aws-step:metric_age=0,points=1", 2)
		g.load = 1.3
		g.pass(m)
		g.now(3, "2 → 3")
		g.load = 0.3
		g.pass(4 * m)
		g.now(3, "scaling in is blocked by the warm-up")
		g.pass(m)
		g.now(2, "CPU 10 % ≤ 40 %")
	})
	t.Run("missing data ends an alarm", func(t *testing.T) {
		g := grouped(t, "aws-step:metric_age=0", 2)
		g.load = 2
		g.pass(m)
		g.blind = true
		g.pass(m)
		g.now(2, "CPU is not known")
		g.blind = false
		g.pass(m)
		g.now(2, "(1 of 2 points)")
	})
}

func TestAWSSimple(t *testing.T) {
	const m = time.Minute
	t.Run("one adjustment, and the cooldown begins when the instance has started", func(t *testing.T) {
		g := grouped(t, "aws-simple:metric_age=0,points=1,warmup=0s", 2)
		g.boot, g.load = 2*m, 20
		g.pass(m)
		g.now(3, "2 → 3")
		g.pass(m + 50*time.Second)
		g.now(3, "waits until the last instance has started or ended")
		g.pass(70 * time.Second) // ready at 3m0s
		g.now(3, "held by the cooldown")
		g.next("cooldown", 4*m)
		if c := g.pass(5 * m); !slices.Equal(c, []string{"8m0s"}) {
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("in by one below lower", func(t *testing.T) {
		g := grouped(t, "aws-simple:metric_age=0", 3)
		g.load = 0.3
		if c := g.pass(8 * m); !slices.Equal(c, []string{"2m0s", "7m0s"}) {
			t.Errorf("changes at %v", c)
		}
	})
	t.Run("exact says how many", func(t *testing.T) {
		g := grouped(t, "aws-simple:metric_age=0,points=1,adjust=exact,out=6,in=2", 3)
		g.load = 3
		g.pass(m)
		g.now(6, "3 → 6")
	})
}

func TestStepTablesRefused(t *testing.T) {
	for _, c := range []struct{ table, says string }{
		{"steps=0..10/+1|5../+3", `aws-step.steps: "0..10/+1 and 5../+3": want steps that do not overlap`},
		{"steps=0..10/+1|20../+3", `aws-step.steps: "0..10/+1 and 20../+3": want steps without a gap between them`},
		{"steps=20../+3|0..10/+1", `"0..10/+1 and 20../+3"`},
		{"steps=0../+1|10../+3", "do not overlap"},
		{"steps=0..10/+1", "want a highest step without an upper end"},
		{"in_steps=-10..0/-1", "want a lowest step without a lower end"},
		{"steps=-5..5/+1|5../+2", "want a lowest step without a lower end"},
		{"steps=..0/-1|0../+3", "want steps from 0 on"},
		{"in_steps=..0/-1|0../+3", "want steps up to 0"},
		{"steps=10..0/+1", "want lower..upper/adjustment"},
		{"steps=0..10", "want lower..upper/adjustment"},
		{"steps=../+1", "want lower..upper/adjustment"},
		{"steps=0../1.5", "want lower..upper/adjustment"},
		{"steps=NaN../1", "want lower..upper/adjustment"},
		{"lower=70,upper=60", "want less than upper, which is 60 %"},
	} {
		_, _, err := Parse("aws-step:" + c.table)
		var bad *lab.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q says %v, want %q in it", c.table, err, c.says)
		}
	}
	for _, c := range []struct{ spec, says string }{
		{"aws-target:metrics=rps/20|rps/30", "once"},
		{"aws-target:metrics=rp/20", `did you mean "rps"?`},
		{"aws-target:metrics=cpu/200%", "want 1 % to 100 %"},
		{"aws-target:metrics=rps/0", "0"},
	} {
		if _, _, err := Parse(c.spec); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q says %v, want %q in it", c.spec, err, c.says)
		}
	}
}
