import { serve } from "../provider/serve";
import { KUBERNETES } from "./package";

serve(KUBERNETES);
