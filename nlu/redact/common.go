package redact

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed data/common.txt.gz
var commonGz []byte

// commonWords are the words an English dictionary has, in order. Names are none of them: so a word that is missing here,
// where people speak of a person, is the person's name, whoever's list of names it is on.
var commonWords = sync.OnceValue(func() []string {
	r, err := gzip.NewReader(bytes.NewReader(commonGz))
	if err != nil {
		panic("redact: the dictionary is damaged: " + err.Error()) // it is a part of the program
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic("redact: the dictionary is damaged: " + err.Error())
	}
	return strings.Fields(string(text))
})

// late are words that came into use after the dictionary was made, and what people say that no dictionary lists.
var late = setOf(`wifi wi fi app apps iphone ipad android smartphone login logins logon url urls usb hdmi pdf sms otp pin cvv iban bic swift vpn sim esim qr kyc paypal netflix whatsapp facebook instagram google gmail amazon ebay youtube tiktok twitter spotify uber airbnb samsung huawei nokia sony
	microsoft windows visa mastercard amex fedex dhl ups hermes asda tesco ikea uk usa eu ac mm mmm hm hmm hmmm mhm uh um umm uhm er erm eh ah ahh oh ooh ok okay yeah yep yup yea nah nope gonna wanna gotta kinda sorta lemme gimme dunno innit cos cuz coz til thru ya alright hiya cheers ta tv cd dvd pc ai id
	lte gig gb mb kb ghz mhz kw kwh kg km cm pm am asap faq faqs diy reg regs info admin max min hr hrs mins secs etc vs ie eg plz pls thx thnx dont cant wont didnt doesnt isnt wasnt couldnt wouldnt shouldnt havent hasnt ive im youre theyre thats whats lets hes shes its weve youve theyve id ill itll youll theres heres wheres
	mum mums postcode postcodes voicemail chatbot signup checkout topup backend hotspot broadband fibre ethernet bluetooth playstation xbox nintendo covid contactless refundable unsubscribe unblock blockchain bitcoin crypto cashback direct debit atm atms isa mot dvla hmrc nhs dob ssn`)

// common reports whether a word in lower case, without its "'s", is one that a dictionary has.
func common(w string) bool {
	if late[w] {
		return true
	}
	_, found := slices.BinarySearch(commonWords(), w)
	return found
}

// closed are words that tie a sentence together and verbs of every conversation: no value is made of them.
var closed = func() map[string]bool {
	out := setOf(`i i'm i'd i've i'll me my mine myself you you're you've you'd you'll your yours he he's him his she she's her hers it it's its we we're we've we'd us our ours they they're them their theirs this that that's these those there there's here here's who who's whom whose what what's which when where where's why how
		a an the and or but nor so if then than because since while until though although as of at by for from in into on onto off out over under up down to toward with without within about above across after again against along among around before behind below between beyond during except per through
		is are was were be been being am isn't aren't wasn't weren't do does did done doing don't doesn't didn't have has had having haven't hasn't hadn't can can't cannot could couldn't will won't would wouldn't shall should shouldn't may might must
		not no nope yes yeah yep ok okay sure right well just only also too very really still already yet ever never always often maybe perhaps please thanks thank sorry hello hi hey bye goodbye
		get gets got getting give gives gave given go goes going gone went come comes came coming make makes made take takes took want wants wanted need needs needed know knows knew think thinks thought see sees saw say says said saying tell tells told ask asks asked call calls called calling try tries tried trying let lets
		use used using put puts look looks looking find found help helps send sends sent speak speaking speaks talk talking work works working pay pays paid keep keeps kept like likes start starts stop wait waiting hold change changed changes check checked checking
		all any both each every few more most other some such same own another one's else enough much many lot lots bit anything something nothing everything someone anyone everyone nobody somebody
		now today tomorrow yesterday tonight morning afternoon evening night day days week weeks month months year years time times hour hours minute minutes moment ago later soon early late first last next new old good bad great fine best better wrong
		thing things way part kind sort number numbers name names account card order phone email address code password details information customer service company person people`)
	return out
}()

// content reports whether a word in lower case can be a part of a value that is words.
func content(w string) bool { return !closed[w] && !notName[w] && english[w] == "" && len(w) > 1 }
