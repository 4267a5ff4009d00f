package insight

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed report.html
var reportHTML string

// reportWords are the words of a report.
type reportWords struct {
	Title, ComparedWith, NoCalls, Figures, Figure, Value, Range, Before, Note, Outcomes, Topics, New, Rising, None, Blind, Repeats, Unknown, Missing, More string

	Levels       map[string]string
	OutcomeNames map[Outcome]string
	Alert        string // callers, hours, factor
	AlertNew     string
	Upset        string
	Warned       string
	Date         string
}

func wordsOf(lang string) reportWords {
	if lang == "zh" {
		return reportWords{
			Title: "来电晨报", ComparedWith: "对比", NoCalls: "这一天没有已结束的来电。", Figures: "指标", Figure: "指标", Value: "数值", Range: "95% 区间", Before: "对比日",
			Note:     "* 基于机器对通话文字的判断。区间均为 95%，n 为计入的来电数，“?”为无法判断、未计入的来电数。▲▼ 表示变化超出偶然范围。",
			Outcomes: "结果", Topics: "来电主题", New: "新", Rising: "上升", None: "没有。", Blind: "问了却没有答案", Repeats: "为何再次来电", Unknown: "原因不明", Missing: "尚未统计的来电：", More: "在 Parley 中打开",
			Levels:       map[string]string{"info": "提示", "warning": "预警", "critical": "严重预警"},
			OutcomeNames: map[Outcome]string{ByBot: "机器人已解决 *", ByPerson: "人工已解决 *", Promised: "已承诺跟进 *", Open: "未解决 *", CannotTell: "无法判断"},
			Alert:        "%d 位来电者，%d 小时内，为平时的 %.1f 倍（%.1f–%.1f）", AlertNew: "%d 位来电者，%d 小时内，此前四周没有", Upset: "，%.0f%% 表现不满（%s，n %d）", Warned: "，%d 位触发预警用语", Date: "2006年1月2日",
		}
	}
	return reportWords{
		Title: "Calls: morning report", ComparedWith: "compared with", NoCalls: "No call ended on this day.", Figures: "Figures", Figure: "Figure", Value: "Value", Range: "95 % range", Before: "Compared day",
		Note:     "* rests on what the machine made of the words. Ranges hold 95 %. n: calls counted; ?: calls of which it cannot be told, counted nowhere. ▲▼: a change beyond chance.",
		Outcomes: "What became of the calls", Topics: "What they were about", New: "new", Rising: "rising", None: "None.", Blind: "Asked and not answered", Repeats: "Why people called again", Unknown: "reason not known", Missing: "Calls not counted yet:", More: "Open in Parley",
		Levels:       map[string]string{"info": "Notice", "warning": "Warning", "critical": "Serious warning"},
		OutcomeNames: map[Outcome]string{ByBot: "Resolved by the bot *", ByPerson: "Resolved by people *", Promised: "Promised *", Open: "Left open *", CannotTell: "Cannot tell"},
		Alert:        "%d callers in %d hours, %.1f times the usual (%.1f–%.1f)", AlertNew: "%d callers in %d hours, none in the four weeks before", Upset: ", %.0f %% of them upset (%s, n %d)", Warned: ", %d with words the rules warn of", Date: "Monday, 2 January 2006",
	}
}

const reported = 10 // topics, blind spots and repeats in a report

// ReportQuery is what a report of a day shows: the day beside the same weekday a week before.
func ReportQuery(day string, lang string, o Options) (Query, error) {
	p, err := ParsePeriod(day, day, o.Now, o.Zone)
	if err != nil {
		return Query{}, err
	}
	before, err := p.Earlier("week")
	return Query{Period: p, Before: before, By: ByQueue, Lang: lang, Options: o}, err
}

// WriteReport writes a view of one day as HTML that can be mailed as it is: styles inline, no script, nothing loaded from
// elsewhere. public is the address of the pages, "" for no link.
func WriteReport(w io.Writer, v View, lang, public string) error {
	words := wordsOf(lang)
	day, err := time.Parse(time.DateOnly, v.To)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	data := struct {
		V        View
		W        reportWords
		HTMLLang string
		Day      string
		Quiet    bool
		Figures  []Figure
		Topics   []TopicView
		Blind    []BlindSpot
		Repeats  []Repeat
		Link     string
	}{V: v, W: words, HTMLLang: "en", Day: day.Format(words.Date), Figures: v.Figures, Topics: head(v.Topics), Blind: head(v.Blind), Repeats: head(v.Repeats)}
	if lang == "zh" {
		data.HTMLLang = "zh-Hans"
	}
	data.Quiet = len(v.Figures) == 0 || v.Figures[0].N == 0
	data.Figures = slices.DeleteFunc(slices.Clone(v.Figures), func(f Figure) bool { return f.Value.Value == nil && (f.Before == nil || f.Before.Value == nil) })
	if public != "" {
		data.Link = strings.TrimSuffix(public, "/") + "/insights?" + url.Values{"from": {v.From}, "to": {v.To}}.Encode()
	}
	page, err := template.New("report").Funcs(reportFuncs(lang, words)).Parse(reportHTML)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func head[T any](all []T) []T { return all[:min(reported, len(all))] }

func reportFuncs(lang string, words reportWords) template.FuncMap {
	pick := func(en, zh string) string {
		if lang == "zh" {
			return zh
		}
		return en
	}
	return template.FuncMap{
		"name":    func(d Definition) string { return pick(d.NameEn, d.NameZh) },
		"define2": func(d Definition) string { return pick(d.En, d.Zh) },
		"value": func(f Figure, v any) string {
			switch x := v.(type) {
			case Value:
				return f.Write(x.Value)
			case *Value:
				return f.Write(x.Value)
			}
			return ""
		},
		"span": func(f Figure, v any) string {
			switch x := v.(type) {
			case Value:
				return f.span(x)
			case *Value:
				return f.span(*x)
			}
			return ""
		},
		"share":     func(v Value) string { return shares.Write(v.Value) },
		"shareSpan": func(v Value) string { return shares.span(v) },
		"alertLine": func(a Alert) string {
			line := fmt.Sprintf(words.AlertNew, a.Trend.Callers, a.Hours)
			if a.Trend.Factor != nil {
				line = fmt.Sprintf(words.Alert, a.Trend.Callers, a.Hours, *a.Trend.Factor, *a.Trend.Low, *a.Trend.High)
			}
			if slices.Contains(a.Why, "emotion") && a.Upset.Value != nil {
				line += fmt.Sprintf(words.Upset, *a.Upset.Value*100, shares.span(a.Upset), a.Upset.N)
			}
			if slices.Contains(a.Why, "words") {
				line += fmt.Sprintf(words.Warned, a.Warned)
			}
			return line
		},
	}
}

// shares is a figure of shares, to write them.
var shares = Figure{Definition: Definition{Unit: Share}} //nolint:gochecknoglobals // a constant

// span writes the interval of a value of the figure, "" where there is none.
func (f Figure) span(v Value) string {
	if v.Low == nil || v.High == nil {
		return ""
	}
	return f.Write(v.Low) + " – " + f.Write(v.High)
}

// Write writes a value of the figure for people, "–" where there is none.
func (f Figure) Write(v *float64) string {
	if v == nil {
		return "–"
	}
	switch f.Unit {
	case Share:
		return fmt.Sprintf("%.1f %%", *v*100)
	case Seconds:
		s := int(*v + 0.5)
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	case Count:
		return fmt.Sprintf("%.0f", *v)
	case Money:
		return strings.TrimSpace(fmt.Sprintf("%.0f %s", *v, f.Currency))
	}
	return fmt.Sprintf("%.2f", *v)
}
